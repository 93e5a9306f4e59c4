package io.podstamp.accept;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// How many connections this process can carry, over all Pods, and how many there are. When it is
/// full, every [AcceptGate] closes, so that an accepted connection always gets its second socket.
///
/// Touched by all event loops.
public final class Capacity {
  private final AtomicInteger open = new AtomicInteger();
  private final Set<AcceptGate> closed = ConcurrentHashMap.newKeySet();
  private volatile int most;
  private volatile boolean suspended;
  private volatile Runnable alarm = () -> {};

  /// @param most connections at once
  public Capacity(int most) {
    this.most = most;
  }

  /// One that is never full.
  public static Capacity unlimited() {
    return new Capacity(Integer.MAX_VALUE);
  }

  /// Sets how many there may be from now on; those that are there stay.
  public void limit(int connections) {
    most = connections;
    lookAgain();
  }

  /// Takes no more for now, whatever the number.
  public void suspend(boolean on) {
    suspended = on;
  }

  /// Has somebody called, on an event loop, whenever it becomes full.
  public void onFull(Runnable listener) {
    alarm = listener;
  }

  public int most() {
    return most;
  }

  public int open() {
    return open.get();
  }

  public boolean isFull() {
    return suspended || open.get() >= most;
  }

  void enter() {
    if (open.incrementAndGet() == most) {
      alarm.run();
    }
  }

  void leave() {
    open.decrementAndGet();
    lookAgain();
  }

  /// Whoever has closed wants to know when there is room.
  void closed(AcceptGate gate) {
    closed.add(gate);
  }

  void opened(AcceptGate gate) {
    closed.remove(gate);
  }

  /// Lets every closed gate see whether it may open.
  private void lookAgain() {
    if (!closed.isEmpty()) {
      closed.forEach(AcceptGate::lookAgain);
    }
  }
}
