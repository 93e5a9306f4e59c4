package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// What one container runtime calls of CNI, at which moment of a Node's or a container's life, in
/// which order. The files in `runtimes/` hold one each, with where it was read.
///
/// @param name of the file, without its ending
/// @param facts by the words before the colon
record CallSequence(String name, Map<String, String> facts) {
  private static final String ENDING = ".txt";

  /// Those of runtimes that kubelet uses.
  static Stream<CallSequence> ofPods() {
    return all().filter(sequence -> sequence.facts.containsKey("Pod starts"));
  }

  /// Those of tools whose containers are no Pods.
  static Stream<CallSequence> ofOtherContainers() {
    return all().filter(sequence -> sequence.facts.containsKey("container runs"));
  }

  private static Stream<CallSequence> all() {
    try (Stream<Path> files =
        Files.list(
            Path.of(Objects.requireNonNull(CallSequence.class.getResource("runtimes")).toURI()))) {
      return files.sorted().map(CallSequence::read).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static CallSequence read(Path file) {
    Map<String, String> facts = new LinkedHashMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        if (!line.startsWith("#")) {
          String[] fact = line.split(":", 2);
          facts.put(fact[0], fact[1].strip());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new CallSequence(file.getFileName().toString().replace(ENDING, ""), facts);
  }

  String cniVersion() {
    return fact("cni version");
  }

  /// The calls at a moment, none where the file does not speak of it.
  List<String> at(String moment) {
    return Stream.of(fact(moment).split(" ", -1)).filter(call -> !call.isEmpty()).toList();
  }

  /// What the file says of something, nothing where it does not speak of it.
  String fact(String of) {
    return facts.getOrDefault(of, "");
  }

  @Override
  public String toString() {
    return name;
  }
}
