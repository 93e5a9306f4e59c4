package io.podstamp.lab.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/// The rounds of a workload: everybody has a turn in each, beginning with another one each time, so
/// that a machine that slows down slows down everybody.
final class Turns {
  private Turns() {}

  /// What one does in a turn.
  @FunctionalInterface
  interface Turn {
    /// Takes it.
    ///
    /// @param round from 1; 0 warms up, and its sample is dropped
    Sample take(Entry entry, int round);
  }

  /// Takes all turns, the one to warm up first.
  ///
  /// @throws IllegalStateException with the name of the contestant whose turn went wrong
  static void take(List<Entry> entries, int rounds, Turn turn, Consumer<Sample> samples) {
    take(entries, 0, rounds, turn, samples);
  }

  /// Takes all turns, where there is nothing to warm up.
  static void takeCold(List<Entry> entries, int rounds, Turn turn, Consumer<Sample> samples) {
    take(entries, 1, rounds, turn, samples);
  }

  private static void take(
      List<Entry> entries, int first, int last, Turn turn, Consumer<Sample> samples) {
    for (int round = first; round <= last; round++) {
      List<Entry> order = new ArrayList<>(entries);
      Collections.rotate(order, -round);
      for (Entry entry : order) {
        Sample sample = take(entry, round, turn);
        if (round > 0) {
          samples.accept(sample);
        }
      }
    }
  }

  private static Sample take(Entry entry, int round, Turn turn) {
    try {
      return turn.take(entry, round);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "%s, round %d: %s".formatted(entry.contestant().title(), round, e.getMessage()), e);
    }
  }
}
