package io.podstamp.lab.bench;

import io.podstamp.lab.bench.CountingSwitch.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A tenth of a second of a podstamp whose counting is switched.
record CountingSlice(Level level, long requests, long nanos) {
  private static final double NANOS_PER_MICRO = 1e3;

  /// Below that a slice says more about what goes on besides.
  private static final int FEWEST_REQUESTS = 20;

  private static CountingSlice parse(String line) {
    String[] words = line.split(" ", -1);
    return new CountingSlice(
        Level.valueOf(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  /// All that were written so far, of each level as many, in the order of time.
  static List<CountingSlice> all() {
    try {
      return Files.readAllLines(Path.of(CountingSwitch.FILE)).stream()
          .map(CountingSlice::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One of each level, one after the other; those in which too little happened are left out.
  static List<List<CountingSlice>> cycles(List<CountingSlice> slices) {
    int levels = Level.values().length;
    List<List<CountingSlice>> cycles = new ArrayList<>();
    for (int i = 0; i + levels <= slices.size(); i += levels) {
      List<CountingSlice> cycle = slices.subList(i, i + levels);
      if (cycle.stream().allMatch(slice -> slice.requests >= FEWEST_REQUESTS)) {
        cycles.add(cycle);
      }
    }
    return cycles;
  }

  double microsPerRequest() {
    return nanos / NANOS_PER_MICRO / requests;
  }
}
