package io.podstamp.differential;

import io.podstamp.config.Profile;
import io.podstamp.differential.Ours.Word;
import io.podstamp.differential.peer.Peers;
import io.podstamp.differential.peer.SeenRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What docs/http.md promises, held against what one server read from one connection.
///
/// A server may read fewer requests than were stamped only where [Tolerated] says why, or, in a
/// generated row, where it said by a status or by `Connection: close` that it ends the connection:
/// a refusal is no disagreement about where requests end.
record Judge(Peers server, Row row, Profile profile, Passage passage) {
  private static final Pattern ENDS =
      Pattern.compile(
          "^HTTP/1\\.[01] [45]|^Connection: *close", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);

  /// Compares.
  ///
  /// @param answer the bytes that the server sent
  /// @return what is broken, in a sentence each
  List<String> violations(List<SeenRequest> seen, String answer) {
    List<String> broken = new ArrayList<>();
    boolean mustBeStamped = profile == Profile.STRICT || passage.isCertain();
    int stamped = 0;
    for (SeenRequest request : seen) {
      Word word = Ours.on(request);
      if (word == Word.STAMPED) {
        stamped++;
      } else if (word == Word.FORGED || (mustBeStamped && !Tolerated.bare(row, request))) {
        broken.add(say(word + " " + request.headers(), answer));
      }
    }
    if (stamped > passage.stamped()) {
      broken.add(say(stamped + " stamped requests read, " + passage.stamped() + " sent", answer));
    }
    if (stamped < fewest() && !mayBeFewer(answer)) {
      broken.add(say("only " + stamped + " of " + passage.stamped() + " requests read", answer));
    }
    return broken;
  }

  private int fewest() {
    int unmissable = passage.unmissable();
    return server == Peers.WSGI
        ? Math.min(1, unmissable)
        : unmissable; // it serves one a connection
  }

  private boolean mayBeFewer(String answer) {
    return Tolerated.fewer(server, row, passage.upstream())
        || (row.generated() && ENDS.matcher(answer).find());
  }

  private String say(String what, String answer) {
    return "%s, %s, \"%s\" (%s): %s%n    sent    %s%s%n    answer  %s%n"
        .formatted(
            server,
            profile,
            row.name(),
            passage.isCertain() ? "certain" : passage.doubt(),
            what,
            Corpus.escape(passage.upstream()),
            passage.reset() ? " RST" : "",
            Corpus.escape(answer.substring(0, Math.min(700, answer.length()))));
  }
}
