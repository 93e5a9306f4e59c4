package io.podstamp.h2;

import io.netty.buffer.Unpooled;
import io.podstamp.hpack.BlockReader;
import io.podstamp.stamp.Octets;
import io.podstamp.stamp.Stamp;
import io.podstamp.stamp.Words;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// What the fields of a header block make an intermediary write that hands it on in HTTP/1. Reused
/// for every block.
final class RequestShape {
  private static final byte[] METHOD = ascii(":method");
  private static final List<byte[]> WITH_BODY =
      List.of(ascii("POST"), ascii("PUT"), ascii("PATCH"));
  private static final byte[] CONTENT_LENGTH = ascii("content-length");
  private static final List<byte[]> OF_CONNECTION =
      List.of(ascii("connection"), ascii("proxy-connection"));

  /// No field of HTTP/2 (RFC 9113, section 8.2.2), or one that lets a server skip the body.
  private static final List<byte[]> ODD =
      List.of(ascii("transfer-encoding"), ascii("upgrade"), ascii("expect"));

  private int methods;
  private boolean methodHasBody;
  private int lengths;
  private boolean odd;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  void begin() {
    methods = 0;
    methodHasBody = false;
    lengths = 0;
    odd = false;
  }

  void read(BlockReader field) {
    if (isNamed(field, METHOD)) {
      methods++;
      methodHasBody = WITH_BODY.stream().anyMatch(known -> isValue(field, known));
    } else if (passesFor(field, CONTENT_LENGTH)) {
      lengths++;
      odd |= !isNumber(field);
    } else {
      odd |= passesForOneOf(field, ODD);
    }
  }

  private static boolean isNamed(BlockReader field, byte[] name) {
    return Arrays.equals(name, 0, name.length, field.name(), 0, field.nameLength());
  }

  private static boolean passesForOneOf(BlockReader field, List<byte[]> known) {
    for (byte[] one : known) {
      if (passesFor(field, one)) {
        return true;
      }
    }
    return false;
  }

  /// Most names are told apart by their first letter.
  private static boolean passesFor(BlockReader field, byte[] known) {
    byte[] name = field.name();
    return field.nameLength() >= known.length
        && (Octets.fold(name[0]) == known[0] || !Octets.isAlphanumeric(name[0]))
        && Octets.passesFor(name, field.nameLength(), known);
  }

  private static boolean isValue(BlockReader field, byte[] value) {
    return Arrays.equals(value, 0, value.length, field.value(), 0, field.valueLength());
  }

  private static boolean isNumber(BlockReader field) {
    for (int i = 0; i < field.valueLength(); i++) {
      byte b = field.value()[i];
      if (b < '0' || b > '9') {
        return false;
      }
    }
    return field.valueLength() > 0;
  }

  /// Whether the body may be read as requests by a server behind an intermediary: many skip those
  /// of other methods, or what CONNECT opens is a tunnel.
  boolean mayHoldRequests() {
    return methods != 1 || !methodHasBody || lengths > 1 || odd;
  }

  /// Whether a field names one of the stamp's as one that ends at the next hop (RFC 9110, section
  /// 7.6.1).
  static boolean dropsAtNextHop(BlockReader field, Stamp stamp) {
    return passesForOneOf(field, OF_CONNECTION)
        && Words.any(Unpooled.wrappedBuffer(field.value()), 0, field.valueLength(), stamp::isName);
  }
}
