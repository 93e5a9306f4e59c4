package io.podstamp.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.os.Errno;
import io.podstamp.os.ErrnoException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Exchanges with a kernel that answers as scripted.
class NetlinkSocketTest {
  private static final int KIND = 0xa00;
  private static final int F_MULTI = 0x2;

  private final ScriptedKernel kernel = new ScriptedKernel();
  private final NetlinkSocket socket = new NetlinkSocket(kernel, Duration.ofMillis(50));

  @Test
  void ask_answersOfEarlierExchanges_areLeftAlone() throws IOException {
    kernel.answers(first -> joined(object(first - 1, "late"), object(first, "this")));
    assertThat(text(socket.ask(request("a")))).isEqualTo("this");
    kernel.answers(first -> object(first - 1, "late"), first -> object(first, "next"));
    assertThat(text(socket.ask(request("a")))).isEqualTo("next");
  }

  @Test
  void ask_refused_namesTheErrnoAndTheObject() {
    kernel.answers(first -> error(first, Errno.ENOENT));
    assertThatThrownBy(() -> socket.ask(request("nftables: table x")))
        .isInstanceOf(NetlinkException.class)
        .hasMessage("nftables: table x: ENOENT (No such file or directory)");
  }

  @Test
  void ask_noAnswer_endsInTime() {
    assertThatThrownBy(() -> socket.ask(request("nftables: table x")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("nftables: table x: no answer");
  }

  @Test
  void ask_answersLost_isRepeated() throws IOException {
    kernel.failsAfter(Errno.ENOBUFS);
    kernel.answers(first -> object(first, "again"));
    assertThat(text(socket.ask(request("a")))).isEqualTo("again");
    assertThat(kernel.sent).hasSize(2);
  }

  @Test
  void ask_everyAnswerLost_givesUp() {
    for (int i = 0; i < 5; i++) {
      kernel.failsAfter(Errno.ENOBUFS);
    }
    assertThatThrownBy(() -> socket.ask(request("nftables: table x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("5 times");
  }

  @Test
  void ask_messageCutOff_isRefused() {
    kernel.answers(
        first -> {
          byte[] whole = object(first, "text");
          return ByteBuffer.allocate(whole.length - 4).put(whole, 0, whole.length - 4).array();
        });
    assertThatThrownBy(() -> socket.ask(request("a"))).isInstanceOf(ProtocolException.class);
  }

  @Test
  void dump_severalDatagrams_areOneAnswer() throws IOException {
    kernel.answers(
        first -> joined(object(first, "a"), object(first, "b")),
        first -> object(first, "c"),
        first -> done(first, 0));
    assertThat(socket.dump(request("all")).stream().map(NetlinkSocketTest::text))
        .containsExactly("a", "b", "c");
  }

  @Test
  void dump_changedMeanwhile_isRepeated() throws IOException {
    kernel.answers(
        first -> message(KIND, F_MULTI | Message.F_DUMP_INTR, first, content("torn")),
        first -> done(first, 0));
    kernel.answers(first -> object(first, "whole"), first -> done(first, 0));
    assertThat(socket.dump(request("all")).stream().map(NetlinkSocketTest::text))
        .containsExactly("whole");
  }

  /// The kernel refuses a dump while another one is unread.
  @Test
  void dump_givenUp_isReadToItsEndBeforeTheNextExchange() throws IOException {
    kernel.answers(first -> object(first, "a"), first -> new byte[] {1}, first -> done(first, 0));
    assertThatThrownBy(() -> socket.dump(request("all"))).isInstanceOf(ProtocolException.class);
    assertThat(kernel.now).isNotEmpty();
    kernel.answers(first -> object(first, "next"));
    assertThat(text(socket.ask(request("a")))).isEqualTo("next");
    assertThat(kernel.unread).isZero();
  }

  @Test
  void dump_failsAtItsEnd_isRefused() {
    kernel.answers(first -> object(first, "a"), first -> done(first, Errno.EPERM));
    assertThatThrownBy(() -> socket.dump(request("all")))
        .hasMessage("all: EPERM (Operation not permitted)");
  }

  /// BEGIN is the first of the batch, so "c" is the fourth.
  @Test
  void transact_severalRefused_namesTheFirstOne() {
    kernel.answers(
        first -> error(first + 3, Errno.ENOENT), first -> error(first + 2, Errno.EOPNOTSUPP));
    assertThatThrownBy(() -> socket.transact(10, requests("a", "b", "c")))
        .isInstanceOf(NetlinkException.class)
        .hasMessage("b: EOPNOTSUPP (Operation not supported)");
  }

  @Test
  void transact_refusedAsAWhole_saysSo() {
    kernel.answers(first -> error(first, Errno.EPERM), first -> error(first + 2, 0));
    assertThatThrownBy(() -> socket.transact(10, requests("a", "b")))
        .hasMessage("a: EPERM (Operation not permitted)");
  }

  @Test
  void transact_lastOneAcknowledged_isDone() throws IOException {
    kernel.answers(first -> error(first + 2, 0));
    socket.transact(10, requests("a", "b"));
    assertThat(kernel.sent).hasSize(1);
    assertThat(types(kernel.sent.getFirst())).containsExactly(0x10, KIND, KIND, 0x11);
  }

  @Test
  void transact_acknowledgementLost_isRepeated_refusalBeforeThat_counts() throws IOException {
    kernel.failsAfter(Errno.ENOBUFS);
    kernel.answers(first -> error(first + 1, 0));
    socket.transact(10, requests("a"));

    kernel.failsAfter(Errno.ENOBUFS, first -> error(first + 1, Errno.EPERM));
    assertThatThrownBy(() -> socket.transact(10, requests("a", "b")))
        .hasMessageStartingWith("a: EPERM");
  }

  @Test
  void anything_afterClose_isRefused() throws IOException {
    socket.close();
    socket.close();
    assertThat(kernel.closed).isEqualTo(1);
    assertThatThrownBy(() -> socket.ask(request("a")))
        .hasMessage("a: the netlink socket was let go");
    assertThat(kernel.sent).isEmpty();
  }

  private static Request request(String subject) {
    return new Request(KIND, 0, subject, Attributes.Writer.netfilter(0, 0));
  }

  private static List<Request> requests(String... subjects) {
    return Stream.of(subjects).map(NetlinkSocketTest::request).toList();
  }

  private static List<Integer> types(byte[] datagram) {
    List<Integer> types = new ArrayList<>();
    ByteBuffer sent = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
    while (sent.hasRemaining()) {
      types.add((int) sent.getShort(sent.position() + 4));
      sent.position(sent.position() + sent.getInt(sent.position()));
    }
    return types;
  }

  private static String text(Message message) {
    try {
      return message.netfilterAttributes().text(1);
    } catch (ProtocolException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] object(int sequence, String text) {
    return message(KIND, F_MULTI, sequence, content(text));
  }

  private static byte[] content(String text) {
    Attributes.Writer writer = Attributes.Writer.netfilter(0, 0).text(1, text);
    ByteBuffer content = ByteBuffer.allocate(writer.length());
    writer.copyTo(content);
    return content.array();
  }

  private static byte[] done(int sequence, int errno) {
    return message(Message.DONE, F_MULTI, sequence, number(-errno));
  }

  private static byte[] error(int sequence, int errno) {
    return message(Message.ERROR, 0, sequence, number(-errno));
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  private static byte[] message(int type, int flags, int sequence, byte[] body) {
    return ByteBuffer.allocate(16 + body.length)
        .order(ByteOrder.nativeOrder())
        .putInt(16 + body.length)
        .putShort((short) type)
        .putShort((short) flags)
        .putInt(sequence)
        .putInt(0)
        .put(body)
        .array();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
  }

  /// Each exchange has its own answers, made of the first sequence number that was sent.
  private static final class ScriptedKernel implements NetlinkSocket.Endpoint {
    private final Deque<List<Answer>> exchanges = new ArrayDeque<>();
    private final List<byte[]> sent = new ArrayList<>();
    private Deque<Answer> now = new ArrayDeque<>();
    private int first;
    private int unread;
    private int closed;

    private interface Answer {
      byte[] of(int first) throws ErrnoException;
    }

    /// The next exchange's.
    @SafeVarargs
    final void answers(IntFunction<byte[]>... datagrams) {
      List<Answer> answers = new ArrayList<>();
      for (IntFunction<byte[]> datagram : datagrams) {
        answers.add(datagram::apply);
      }
      exchanges.add(answers);
    }

    /// Some answers, and then an error of the socket instead of the next one.
    @SafeVarargs
    final void failsAfter(int errno, IntFunction<byte[]>... datagrams) {
      answers(datagrams);
      exchanges
          .getLast()
          .add(
              _ -> {
                throw new ErrnoException("recv", "test", errno);
              });
    }

    @Override
    public void send(byte[] datagram) {
      sent.add(datagram);
      unread += now.size();
      first = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder()).getInt(8);
      now = new ArrayDeque<>(exchanges.isEmpty() ? List.of() : exchanges.removeFirst());
    }

    @Override
    public int receive(byte[] into) throws ErrnoException {
      if (now.isEmpty()) {
        throw new ErrnoException("recv", "test", Errno.EAGAIN);
      }
      byte[] datagram = now.removeFirst().of(first);
      System.arraycopy(datagram, 0, into, 0, datagram.length);
      return datagram.length;
    }

    @Override
    public void close() {
      closed++;
    }
  }
}
