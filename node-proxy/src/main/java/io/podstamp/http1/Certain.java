package io.podstamp.http1;

import io.podstamp.config.Profile;
import io.podstamp.guard.Watch;
import io.podstamp.stamp.GuardedNames;
import org.jspecify.annotations.Nullable;

/// When a head, its body and what follows are certain: where the numbers and the choices of
/// docs/http.md are, each in one line. The grammar is in [RequestLine], [Fields], [BodyFraming] and
/// [ChunkedBody].
final class Certain {
  /// Twice what nginx reads by default, four times HAProxy and Node.
  static final int MOST_HEAD_BYTES = 64 << 10;

  static final int MOST_EMPTY_LINES = 4;
  static final int LONGEST_METHOD = 64;

  /// JavaScript counts in doubles, others in 32 or 64 bits and go on with what is left of it.
  static final long MOST_LENGTH = (1L << 53) - 1;

  /// Leading zeros included: some servers read so many digits, and the rest as the next line.
  static final int MOST_SIZE_DIGITS = 8;

  static final long MOST_SIZE = Integer.MAX_VALUE;
  static final int MOST_EXTENSION_BYTES = 256;
  static final int MOST_EXTENSION_BYTES_A_MESSAGE = 16 << 10;

  /// The same for HTTP/2, which an intermediary may hand on as HTTP/1.
  static final int LONGEST_WHOLE_LINE = GuardedNames.LONGEST_WHOLE_LINE;

  /// Heads from here on, with a length among their last fields, are cut by some servers (100
  /// fields, 8 KiB, a line of 1 or 4 KiB), which then take the body for requests.
  private static final int MANY_FIELDS = 48;

  private static final int LARGE_HEAD = 3 << 10;
  private static final int LONG_LINE = 1000;

  /// From here on almost all of those do.
  private static final int MOST_FIELDS = 96;

  private static final int LARGEST_HEAD = 7680;

  private Certain() {}

  /// What has to be watched for in the body of a certain head; null if nothing has to.
  static @Nullable Watch body(RequestHead head, Profile profile) {
    BodyFraming framing = head.framing();
    if (framing.isOddCoding() && profile == Profile.STRICT) {
      return Watch.REQUESTS; // to servers that know no other it is no body
    }
    if (!head.methodHasBody() // many servers skip the bodies of other methods, or do not
        || framing.isOddCoding()
        || head.isOfLaterVersion()
        || head.fieldCount() >= MOST_FIELDS
        || head.length() >= LARGEST_HEAD) {
      return profile == Profile.STRICT ? Watch.NAMES_AND_REQUEST_LINES : Watch.NAMES;
    }
    if (head.wants() != RequestHead.Switch.NONE // some take what follows for a request at once
        || framing.isOddlySpelt()
        || head.fieldCount() >= MANY_FIELDS
        || head.length() >= LARGE_HEAD
        || head.longestLine() >= LONG_LINE) {
      return ofAnyBody(profile);
    }
    return null;
  }

  /// What has to be watched for in a body that a server may have skipped, of whatever kind: behind
  /// `Expect` without its `100`, behind a chunk extension, or where its count of messages may no
  /// longer be ours.
  static Watch ofAnyBody(Profile profile) {
    return profile == Profile.STRICT ? Watch.REQUEST_LINES : Watch.NAMES_BEHIND_REQUEST_LINES;
  }
}
