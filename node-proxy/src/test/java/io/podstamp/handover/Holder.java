package io.podstamp.handover;

import java.nio.file.Path;

/// An agent of its own process, as far as the node's lock goes: takes it, signs, says so, and holds
/// it until its input ends.
final class Holder {
  private Holder() {}

  public static void main(String[] arguments) throws Exception {
    try (NodeLock node = NodeLock.open(Path.of(arguments[0]))) {
      node.awaitTurn();
      if (arguments.length > 1) {
        node.sign(arguments[1]);
      }
      System.out.println("held");
      System.out.flush();
      System.in.transferTo(System.out);
    }
  }
}
