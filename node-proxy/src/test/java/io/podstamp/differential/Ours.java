package io.podstamp.differential;

import io.podstamp.differential.peer.SeenRequest;
import java.util.List;
import java.util.Locale;

/// How the stamp of [io.podstamp.stamp.Wire], one header of every mode, looks on a request that a
/// server has read.
final class Ours {
  private static final String HOSTNAME = "web-0";
  private static final String ADDRESS = "10.1.2.3";

  private Ours() {}

  /// Whose word a request carries.
  enum Word {
    /// Exactly ours.
    STAMPED,
    /// Nobody's: no name of mode `set` or `remove`.
    BARE,
    /// Somebody else's, alone or beside ours.
    FORGED
  }

  static Word on(SeenRequest request) {
    List<String> hostname = values(request, "x-client-hostname");
    boolean anyOther =
        !values(request, "x-secret").isEmpty() || !values(request, "x-app").isEmpty();
    if (hostname.isEmpty() && !anyOther) {
      return Word.BARE;
    }
    List<String> forwardedFor = values(request, "x-forwarded-for");
    boolean ours =
        hostname.equals(List.of(HOSTNAME))
            && !anyOther
            && forwardedFor.size() == 1
            && isRightmost(forwardedFor.getFirst())
            && !values(request, "x-team").isEmpty();
    return ours ? Word.STAMPED : Word.FORGED;
  }

  private static boolean isRightmost(String list) {
    return list.substring(list.lastIndexOf(',') + 1).strip().equals(ADDRESS);
  }

  private static List<String> values(SeenRequest request, String foldedName) {
    return request.headers().stream()
        .filter(header -> fold(header.name()).equals(foldedName))
        .map(SeenRequest.Header::value)
        .toList();
  }

  /// As CGI and WSGI make variables of names, and as docs/http.md compares them.
  private static String fold(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "-");
  }
}
