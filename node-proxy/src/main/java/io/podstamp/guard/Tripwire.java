package io.podstamp.guard;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import io.podstamp.metrics.Reason;
import io.podstamp.pipeline.Succession;
import io.podstamp.stamp.GuardedNames;
import io.podstamp.stamp.Octets;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Looks for what must not pass in bytes that are not certain (docs/http.md, "The tripwire"): a
/// protected name as any server that was tried may read one, the preface of HTTP/2, and what its
/// [Watch] adds.
///
/// ```
///   line start or behind the target of a request line, junk*, n a m e with blanks, line ends or NUL anywhere, end*, ":"
/// ```
///
/// A stream is given in windows that follow one another. Each byte costs one step of a bit-parallel
/// search; while no line has begun, a look at a table.
public final class Tripwire implements Succession.Trail {
  private static final byte[] PREFACE = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

  /// How much of [#PREFACE] its own end repeats: `P`, where ten bytes of it have been read.
  private static final int REPEATS_AT = "PRI * HTTP".length();

  /// Two letters where it is made upper case, `SS`.
  private static final byte SHARP_S = (byte) 0xdf;

  /// A colon to who looks at seven bits.
  private static final byte EIGHT_BIT_COLON = (byte) (':' | 0x80);

  private static final int PIECE = 4 << 10;
  private static final FastThreadLocal<byte[]> PIECES =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[PIECE];
        }
      };

  private final GuardedNames names;
  private final Watch watch;
  private final @Nullable RequestLines lines;
  private final @Nullable LongLine longLine;

  /// For each name, which of its characters the last byte may have been.
  private final long[] reached;

  /// Whether a name may begin with the next byte.
  private boolean atStart = true;

  /// Whether a name is whole, and nothing but what may follow one has come since.
  private boolean whole;

  /// Whether a byte came behind a whole name that ends it, so that anything may follow up to the
  /// colon.
  private boolean ended;

  /// Whether a name is whole, and nothing but blanks, line ends and `-_.` has come since.
  private boolean plain;

  /// Known only where [Watch] reads lines.
  private boolean sawRequestLine;

  /// [LinePlace] of the next byte.
  private int place = LinePlace.FIRST;

  private int prefaceAt;
  private boolean prefaceIsDue;
  private @Nullable Reason otherThanName;
  private byte previous;

  /// Where in the window the first of the names that may yet become whole begins; -1 if none does.
  private int candidate = -1;

  /// What stands before that one.
  private byte beforeCandidate;

  private int placeOfCandidate = LinePlace.FIRST;

  /// How much of [#PREFACE] had come before it.
  private int prefaceBeforeCandidate;

  /// Whether it begins before the window: that part of it has passed, and cannot be taken back.
  private boolean begunBefore;

  public Tripwire(GuardedNames names, Watch watch) {
    this(names, watch, false);
  }

  /// @param mayBeHttp1 whether a server may read lines of HTTP/1 in these bytes for certain, and so
  ///   of its buffer's length
  Tripwire(GuardedNames names, Watch watch, boolean mayBeHttp1) {
    this.names = names;
    this.longLine = mayBeHttp1 ? new LongLine(names) : null;
    this.watch = watch;
    this.prefaceIsDue = watch == Watch.NAMES_IN_HTTP2;
    this.reached = new long[names.words()];
    this.lines = watch.readsLines() ? new RequestLines(watch.takesShortLines()) : null;
  }

  /// Looks through the next window. Its bytes are copied in pieces: to ask a buffer for each costs
  /// more than all that is done with it.
  ///
  /// @return where bytes must stop passing; -1 if they need not
  public int find(ByteBuf in, int from, int to) {
    begunBefore = candidate >= 0;
    candidate = begunBefore ? from : -1;
    byte[] bytes = PIECES.get();
    for (int at = from; at < to; at += PIECE) {
      int length = Math.min(PIECE, to - at);
      in.getBytes(at, bytes, 0, length);
      int hit = find(bytes, length, at);
      if (hit >= 0) {
        return hit;
      }
    }
    return -1;
  }

  private int find(byte[] bytes, int length, int at) {
    for (int i = 0; i < length; i++) {
      byte b = bytes[i];
      if (isCalm()) {
        while (!Octets.stirsTripwire(b)) {
          if (++i == length) {
            previous = 0;
            return -1;
          }
          b = bytes[i];
        }
        previous = 0;
      }
      boolean hit =
          take(b, at + i)
              || (lines != null && readLine(lines, b))
              || (longLine != null && readLongLine(longLine, b));
      if (hit) {
        return candidate >= 0 ? candidate : at + i;
      }
    }
    return -1;
  }

  private boolean isCalm() {
    return !atStart
        && candidate < 0
        && prefaceAt == 0
        && LinePlace.isPast(place)
        && lines == null
        && longLine == null;
  }

  /// Why bytes must stop passing, if not for a name.
  public @Nullable Reason otherThanName() {
    return otherThanName;
  }

  private boolean readLongLine(LongLine line, byte b) {
    boolean hit = line.take(b);
    otherThanName = hit ? null : otherThanName;
    return hit;
  }

  private boolean readLine(RequestLines lines, byte b) {
    otherThanName = Reason.ODD_START;
    return switch (lines.take(b)) {
      case NONE -> false;
      case EMPTY_LINE -> watch.endsAtEmptyLine();
      case HEAD -> watch.endsAtHead();
      case REQUEST_LINE -> {
        sawRequestLine = true;
        yield watch.endsAtRequestLine();
      }
    };
  }

  private boolean take(byte b, int at) {
    boolean skipped = Octets.isLead(b) || previous == '\r';
    boolean isColon = b == ':' ? whole || ended : b == EIGHT_BIT_COLON && plain;
    if (isColon && watch.endsAtName(sawRequestLine)) {
      otherThanName = null;
      return true;
    }
    follow(b, skipped);
    boolean any = advance(b, skipped) || whole || ended;
    if (!any) {
      candidate = -1;
      begunBefore = false;
    } else if (candidate < 0) {
      candidate = at;
      beforeCandidate = previous;
      placeOfCandidate = place;
      prefaceBeforeCandidate = prefaceAt;
      if (lines != null) {
        lines.mark();
      }
    }
    place = LinePlace.step(place, b);
    atStart =
        Octets.startsLine(b)
            || previous == '\r'
            || LinePlace.mayBeginName(place)
            || (atStart && Octets.isLead(b));
    previous = b;
    return takePreface(b);
  }

  /// What comes behind a whole name.
  private void follow(byte b, boolean skipped) {
    if (b == ':' || b == '\r' || b == '\n') {
      whole &= b != ':';
      plain &= b != ':';
      ended = false;
    } else if (whole && Octets.endsName(b)) {
      whole = Octets.isLead(b);
      plain = false;
      ended = true;
    } else if (!skipped && Octets.isAlphanumeric(b)) {
      whole = false;
      plain = false;
    }
  }

  private boolean advance(byte b, boolean skipped) {
    long any = 0;
    for (int word = 0; word < reached.length; word++) {
      long first = names.first(word);
      long next = (((reached[word] << 1) & ~first) | (atStart ? first : 0)) & names.of(word, b);
      if (b == SHARP_S) {
        next |= ((next << 1) & ~first) & names.of(word, b);
      }
      if (skipped) {
        next |= reached[word];
      }
      long last = names.last(word);
      if ((next & last) != 0) {
        whole = true;
        plain = true;
        next &= ~last;
      }
      reached[word] = next;
      any |= next;
    }
    return any != 0;
  }

  private boolean takePreface(byte b) {
    if (prefaceAt == PREFACE.length) {
      prefaceAt = 0;
      if (b == '\r' || b == '\n') {
        otherThanName = Reason.HTTP2;
        boolean isHit = !prefaceIsDue;
        prefaceIsDue = false;
        return isHit;
      }
    }
    if (b != PREFACE[prefaceAt] && prefaceAt == REPEATS_AT) {
      prefaceAt = 1;
    }
    prefaceAt = b == PREFACE[prefaceAt] ? prefaceAt + 1 : b == PREFACE[0] ? 1 : 0;
    return false;
  }

  /// Where what may yet become a protected name begins, at the end of the window.
  ///
  /// @param to the end of the window
  /// @return that end when nothing may
  public int undecidedFrom(int to) {
    return candidate >= 0 && !begunBefore ? candidate : to;
  }

  /// Whether what comes next may end what is looked for: a protected name or the preface, or a line
  /// behind which a name may stand.
  public boolean isOpen() {
    return mayEndInName() || prefaceAt > 0 || previous == '\r';
  }

  /// The same, but for what may as well be a number: the preface, which may begin with any `P`, and
  /// CR.
  public boolean mayEndInName() {
    return candidate >= 0 || LinePlace.isInside(place);
  }

  /// Whether a server that reads these bytes as requests may be in the midst of one.
  public boolean mayHoldRequest() {
    return lines == null || sawRequestLine;
  }

  /// What that one has looked at ends where this one begins.
  ///
  /// @param mayBegin whether what this one looks at may as well be a beginning
  public void continueFrom(Tripwire before, boolean mayBegin) {
    if (names.equalsNames(before.names)) {
      System.arraycopy(before.reached, 0, reached, 0, reached.length);
      whole = before.whole;
      plain = before.plain;
      ended = before.ended;
      candidate = before.candidate;
    }
    atStart = before.atStart || mayBegin;
    previous = before.previous;
    place = mayBegin ? LinePlace.orBeginning(before.place) : before.place;
    prefaceAt = before.prefaceAt;
  }

  /// What is undecided will be shown again, with more behind it.
  public void takeBack() {
    java.util.Arrays.fill(reached, 0);
    whole = false;
    plain = false;
    ended = false;
    atStart = true;
    candidate = -1;
    prefaceAt = prefaceBeforeCandidate;
    previous = beforeCandidate;
    place = placeOfCandidate;
    if (lines != null) {
      lines.takeBack();
    }
  }
}
