package io.podstamp.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.podstamp.config.Profile;
import io.podstamp.differential.peer.HttpPeer;
import io.podstamp.differential.peer.SeenRequest;
import io.podstamp.http1.Kinds;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Shows the [Kinds] to a running server, straight and through the data path, in one piece and byte
/// by byte, and tells which of them its application read.
final class Trial {
  /// How long a client waits for an answer before it goes on.
  private static final int MILLIS_TO_ANSWER = 150;

  private static final int MILLIS_TO_END = 400;

  /// The one request that has to be read, however busy the machine is.
  private static final int MILLIS_TO_ANSWER_PLAIN = 10_000;

  private static final int AT_ONCE = 16;
  private static final int MOST_DIALS = 3;

  /// How many values of the length of `evil` there are.
  private static final int MOST = 36 * 36 * 36 * 36;

  /// What requests of the kinds ask for.
  private static final Set<String> TARGETS = Set.of("/h", "/r", "/n");

  /// What an application read.
  ///
  /// @param direct cases whose forged name it read when nothing was between
  /// @param forged the same through the data path, with profile and segmentation
  /// @param bare requests without stamp through profile strict
  record Found(List<String> direct, List<String> forged, List<String> bare) {}

  /// One connection.
  private record Delivery(
      Kinds.Case kind, @Nullable Profile profile, boolean bytewise, String value, Client client) {
    String name() {
      return kind.name() + " (" + profile + (bytewise ? ", byte by byte)" : ")");
    }
  }

  /// What every server reads: one that does not has started wrong, or does not run any more.
  private static final Kinds.Case PLAIN =
      new Kinds.Case(
          "plain request",
          List.of("GET /h HTTP/1.1\r\nHost: a\r\nX-Client-Hostname: evil\r\n\r\n"));

  private final HttpPeer peer;

  Trial(HttpPeer peer) {
    this.peer = peer;
  }

  /// Ends the server.
  Found run(List<Kinds.Case> kinds) throws Exception {
    List<Delivery> deliveries = deliveries(kinds);
    Delivery before = new Delivery(PLAIN, null, false, value(MOST - 2), new Client());
    Delivery after = new Delivery(PLAIN, null, false, value(MOST - 1), new Client());
    try (peer;
        Front transparent = new Front(peer.address(), Profile.TRANSPARENT);
        Front strict = new Front(peer.address(), Profile.STRICT);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      send(before, peer.address());
      Semaphore free = new Semaphore(AT_ONCE);
      List<Future<?>> sent = new ArrayList<>();
      for (Delivery delivery : deliveries) {
        InetSocketAddress to =
            delivery.profile == null
                ? peer.address()
                : delivery.profile == Profile.STRICT ? strict.address() : transparent.address();
        sent.add(
            threads.submit(
                () -> {
                  free.acquire();
                  try {
                    send(delivery, to);
                  } finally {
                    free.release();
                  }
                  return null;
                }));
      }
      for (Future<?> one : sent) {
        one.get();
      }
      send(after, peer.address());
    }
    List<SeenRequest> seen = peer.seen();
    if (!isForged(before, seen)) {
      throw new IllegalStateException("did not read a plain request");
    }
    if (!isForged(after, seen)) {
      throw new IllegalStateException("did not read a plain request behind all others");
    }
    return judge(deliveries, seen);
  }

  private static List<Delivery> deliveries(List<Kinds.Case> kinds) {
    List<Delivery> deliveries = new ArrayList<>();
    int number = MOST / 36;
    for (Kinds.Case kind : kinds) {
      deliveries.add(new Delivery(kind, null, false, value(number++), new Client()));
      for (Profile profile : Profile.values()) {
        for (boolean bytewise : new boolean[] {false, true}) {
          deliveries.add(new Delivery(kind, profile, bytewise, value(number++), new Client()));
        }
      }
    }
    return deliveries;
  }

  /// As long as `evil`, and another one for each connection.
  private static String value(int number) {
    return Integer.toString(number, 36);
  }

  /// A busy server may refuse a connection once.
  private static Socket dial(Delivery delivery, InetSocketAddress to) throws IOException {
    for (int left = MOST_DIALS; ; left--) {
      Socket socket = new Socket();
      try {
        socket.bind(new InetSocketAddress(delivery.client.address(), 0));
        socket.connect(to);
        socket.setTcpNoDelay(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        if (left == 0) {
          throw e;
        }
      }
    }
  }

  private static void send(Delivery delivery, InetSocketAddress to) throws IOException {
    try (Socket socket = dial(delivery, to)) {
      List<String> said = delivery.kind.said();
      try {
        for (int i = 0; i < said.size(); i += 2) {
          byte[] bytes = said.get(i).replace("evil", delivery.value).getBytes(ISO_8859_1);
          if (delivery.bytewise) {
            for (byte b : bytes) {
              socket.getOutputStream().write(b);
            }
          } else {
            socket.getOutputStream().write(bytes);
          }
          read(
              socket,
              delivery.kind.equals(PLAIN)
                  ? MILLIS_TO_ANSWER_PLAIN
                  : i + 2 < said.size() ? MILLIS_TO_ANSWER : MILLIS_TO_END);
        }
      } catch (IOException e) {
        // The connection has ended: what was to be read has been.
      }
    }
  }

  private static void read(Socket socket, int millis) throws IOException {
    socket.setSoTimeout(millis);
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[8192];
    try {
      while (in.read(buffer) >= 0) {
        socket.setSoTimeout(Math.min(millis, MILLIS_TO_END) / 4);
      }
    } catch (java.net.SocketTimeoutException e) {
      // Quiet.
    }
  }

  private static Found judge(List<Delivery> deliveries, List<SeenRequest> seen) {
    Map<InetAddress, List<SeenRequest>> byClient =
        seen.stream().collect(Collectors.groupingBy(SeenRequest::client));
    Found found = new Found(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Delivery delivery : deliveries) {
      boolean forged = isForged(delivery, seen);
      List<SeenRequest> its = byClient.getOrDefault(delivery.client.address(), List.of());
      if (delivery.profile == null) {
        if (forged) {
          found.direct.add(delivery.kind.name());
        }
      } else if (forged) {
        found.forged.add(delivery.name());
      } else if (delivery.profile == Profile.STRICT && its.stream().anyMatch(Trial::isBare)) {
        found.bare.add(
            delivery.name()
                + its.stream().filter(Trial::isBare).map(SeenRequest::toString).toList());
      }
    }
    return found;
  }

  private static boolean isForged(Delivery delivery, List<SeenRequest> seen) {
    return seen.stream()
        .flatMap(request -> request.headers().stream())
        .anyMatch(header -> isHostname(header, delivery.value));
  }

  /// A line of any protocol, and the preface of HTTP/2, are requests without a field to some
  /// servers (Hertz adds two of its own). A header of the PROXY protocol is one with fields to
  /// those that do not know it, to Simple one without a method (docs/http.md, "What is left").
  private static boolean isBare(SeenRequest request) {
    String method = request.method();
    return (!request.headers().isEmpty() || TARGETS.contains(request.target()))
        && request.headers().stream().noneMatch(header -> isHostname(header, "web-0"))
        && !method.isEmpty()
        && !method.equals("PRI")
        && !method.equals("PROXY")
        && !method.contains("QUIT");
  }

  private static boolean isHostname(SeenRequest.Header header, String value) {
    String name = header.name().toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]", "-");
    return header.value().contains(value) && name.equals("x-client-hostname");
  }
}
