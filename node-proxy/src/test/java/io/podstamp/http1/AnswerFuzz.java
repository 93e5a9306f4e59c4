package io.podstamp.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.podstamp.http1.AnswerFraming.Asked;

/// Fuzz target: the framing of answers beside Netty's client. Whatever a server sends, and however
/// it is cut: where all is at rest Netty has as many whole answers as there were requests, and
/// nothing else.
///
/// `scripts/fuzz.sh` runs it.
public final class AnswerFuzz {
  private AnswerFuzz() {}

  /// The first byte chooses how many requests there are and which of them are HEAD, the second
  /// where to cut.
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    String bytes = new String(data, 2, data.length - 2, ISO_8859_1);
    int cut = (data[1] & 0xff) * bytes.length() / 256;
    AnswerFraming framing = new AnswerFraming();
    EmbeddedChannel client = new EmbeddedChannel(new HttpClientCodec());
    try {
      int requests = 1 + (data[0] & 3);
      for (int i = 0; i < requests; i++) {
        boolean isHead = (data[0] >> (2 + i) & 1) == 1;
        framing.asked(isHead ? Asked.HEAD : Asked.ORDINARY);
        send(client, isHead ? HttpMethod.HEAD : HttpMethod.GET);
      }
      Whole whole = new Whole();
      for (String piece : new String[] {bytes.substring(0, cut), bytes.substring(cut)}) {
        framing.read(Unpooled.copiedBuffer(piece, ISO_8859_1));
        client.writeInbound(Unpooled.copiedBuffer(piece, ISO_8859_1));
        whole.read(client);
        if (framing.isAtRest() && !(whole.isClean && whole.answers == requests)) {
          throw new AssertionError(
              "%d requests, %d answers%n%s".formatted(requests, whole.answers, bytes));
        }
      }
      checkCut(framing, requests, data[0], bytes);
    } finally {
      client.finishAndReleaseAll();
    }
  }

  private static void checkCut(AnswerFraming cut, int requests, int choice, String bytes) {
    AnswerFraming whole = new AnswerFraming();
    for (int i = 0; i < requests; i++) {
      whole.asked((choice >> (2 + i) & 1) == 1 ? Asked.HEAD : Asked.ORDINARY);
    }
    whole.read(Unpooled.copiedBuffer(bytes, ISO_8859_1));
    if (whole.isAtRest() != cut.isAtRest()) {
      throw new AssertionError("the cut makes a difference: " + bytes);
    }
  }

  private static void send(EmbeddedChannel client, HttpMethod method) {
    client.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/"));
    for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
      out.release();
    }
  }

  /// What Netty has read.
  private static final class Whole {
    private int answers;
    private boolean isClean = true;
    private boolean isFinal;
    private boolean isWithin;

    void read(EmbeddedChannel client) {
      for (Object next = client.readInbound(); next != null; next = client.readInbound()) {
        if (next instanceof HttpObject part) {
          take(part);
        }
        ReferenceCountUtil.release(next);
      }
    }

    private void take(HttpObject part) {
      isClean &= part.decoderResult().isSuccess();
      if (part instanceof HttpResponse head) {
        isClean &= !isWithin;
        isWithin = true;
        isFinal = head.status().codeClass() != HttpStatusClass.INFORMATIONAL;
      }
      if (part instanceof LastHttpContent) {
        isWithin = false;
        answers += isFinal ? 1 : 0;
      }
    }
  }
}
