package io.podstamp.nftables;

import io.podstamp.netlink.NetlinkException;
import io.podstamp.netlink.NetlinkSocket;
import io.podstamp.netlink.Request;
import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The nf_tables of one network namespace, through a netlink socket that stays in it wherever it is
/// used: no process, no `setns`.
///
/// Each change is one transaction: all of it or nothing, and no packet meets a state between. A
/// table takes some 0.2 ms to be written and some 0.3 ms to be read (docs/benchmarks.md), during
/// which the calling thread is in the kernel; so it is not an event loop. Threads take turns.
public final class Nftables implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Nftables.class);
  private static final int MOST_ATTEMPTS = 5;

  /// How long a thread waits for its turn; what others do takes milliseconds.
  private static final int TURN_SECONDS = 2;

  private final NetlinkSocket socket;
  private final ReentrantLock turn = new ReentrantLock();
  private int ownTransactions;
  private boolean closed;

  private Nftables(NetlinkSocket socket) {
    this.socket = socket;
  }

  /// Opens those of the namespace that the calling thread is in.
  public static Nftables openHere() throws ErrnoException {
    return new Nftables(NetlinkSocket.open(Libc.NETLINK_NETFILTER));
  }

  /// Brings a table in, instead of the one of this name that may be there. Connections that its
  /// rules have redirected live on: the kernel keeps their translation in conntrack, and sees no
  /// moment without the chain.
  public void replace(Table table) throws IOException {
    transact(TableWriter.replacement(table));
  }

  /// Takes a table out; it is no error when there is none. Connections that its rules have
  /// redirected are reset by it.
  public void remove(String table) throws IOException {
    transact(TableWriter.removal(table));
  }

  /// A table as it is now, with nobody's transaction in between.
  ///
  /// @throws NetlinkException with `ENOENT` when there is none of this name
  public Table read(String table) throws IOException {
    takeTurn(Uapi.subject(table));
    try {
      for (int i = 0; i < MOST_ATTEMPTS; i++) {
        int generation = TableReader.generation(socket);
        try {
          Table read = new TableReader(socket, table).read();
          if (TableReader.generation(socket) == generation) {
            return read;
          }
        } catch (NetlinkException e) {
          if (TableReader.generation(socket) == generation) {
            throw e;
          }
        }
      }
      throw new IOException(
          Uapi.subject(table) + ": changed while it was read, " + MOST_ATTEMPTS + " times");
    } finally {
      turn.unlock();
    }
  }

  /// Whether there is a table of this name.
  public boolean has(String table) throws IOException {
    takeTurn(Uapi.subject(table));
    try {
      return TableReader.exists(socket, table);
    } finally {
      turn.unlock();
    }
  }

  /// Others' chains that see what leaves the namespace's sockets, and may keep it from ours.
  ///
  /// @param tables ours
  public List<OutputChain> outputChainsBut(Set<String> tables) throws IOException {
    takeTurn("nftables: chains of others");
    try {
      return OutputChain.read(socket, tables);
    } finally {
      turn.unlock();
    }
  }

  /// Makes an element last so long from now, whether it is there or not.
  ///
  /// A plain add of a live element returns success and does not refresh its timeout, so this is
  /// add, delete, add in one transaction; the first add makes the delete succeed after an expiry.
  public void refresh(String table, String set, Data key, Duration lasting) throws IOException {
    List<Element> element = List.of(Element.of(key, lasting.toMillis()));
    Request add = TableWriter.elements(table, set, Uapi.NEWSETELEM, element);
    transact(List.of(add, withdrawal(table, set, key), add));
  }

  /// Takes an element with a timeout out, whether it is there or not.
  public void withdraw(String table, String set, Data key) throws IOException {
    List<Element> element = List.of(Element.of(key, Duration.ofSeconds(1).toMillis()));
    transact(
        List.of(
            TableWriter.elements(table, set, Uapi.NEWSETELEM, element),
            withdrawal(table, set, key)));
  }

  private static Request withdrawal(String table, String set, Data key) {
    return TableWriter.elements(table, set, Uapi.DELSETELEM, List.of(Element.of(key)));
  }

  /// How many transactions others than this object have brought into the namespace, from an
  /// arbitrary start: while it stays the same, every rule there is the same but for what was
  /// changed here. The kernel counts all transactions.
  public int foreignTransactions() throws IOException {
    takeTurn("nftables: generation");
    try {
      return TableReader.generation(socket) - ownTransactions;
    } finally {
      turn.unlock();
    }
  }

  private void transact(List<Request> requests) throws IOException {
    takeTurn(requests.getFirst().subject());
    try {
      socket.transact(Uapi.SUBSYSTEM, requests);
      ownTransactions++;
    } finally {
      turn.unlock();
    }
  }

  private void takeTurn(String subject) throws IOException {
    try {
      if (!turn.tryLock(TURN_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(subject + ": busy (expected: a turn within " + TURN_SECONDS + " s)");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(subject + ": interrupted while others had their turn");
    }
    if (closed) {
      turn.unlock();
      throw new IOException(subject + ": the netlink socket was let go");
    }
  }

  /// Lets the socket go. Idempotent.
  ///
  /// A thread of its own does it: the kernel has it wait for an RCU grace period after a change
  /// (`nft_rcv_nl_event`), some 15 ms, in which a virtual thread would hold its carrier.
  @Override
  public void close() {
    turn.lock();
    try {
      if (!closed) {
        closed = true;
        Thread.ofPlatform().name("nftables-close").daemon().start(this::closeSocket);
      }
    } finally {
      turn.unlock();
    }
  }

  private void closeSocket() {
    try {
      socket.close();
    } catch (ErrnoException e) {
      log.warn("a netlink socket cannot be closed: {}", e.getMessage());
    }
  }
}
