package io.podstamp.explain;

import io.podstamp.config.PodPolicy;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What is said of one Pod, in the order it was said, and what to do about it. Also how times,
/// numbers and ports are put in words.
final class Account {
  private final String namespace;
  private final String name;
  private final List<String> sentences = new ArrayList<>();
  private final List<String> remedies = new ArrayList<>();

  Account(String namespace, String name) {
    this.namespace = namespace;
    this.name = name;
  }

  /// `NAMESPACE/NAME`
  String pod() {
    return namespace + "/" + name;
  }

  void say(String sentence) {
    sentences.add(sentence);
  }

  /// The same advice twice is one.
  void advise(String remedy) {
    if (!remedies.contains(remedy)) {
      remedies.add(remedy);
    }
  }

  Explanation with(String verdict) {
    return new Explanation(pod(), verdict, sentences, remedies);
  }

  static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static String count(long number, String what) {
    return number == 1 ? "one " + what : number + " " + what + "s";
  }

  static String ports(PodPolicy policy) {
    List<Integer> ports = policy.ports().value();
    return (ports.size() == 1 ? "port " : "ports ")
        + ports.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /// Somebody else's text within a sentence: in one line, without its full stop.
  static String quoted(String text) {
    return text.strip().replaceAll("\\s*\\n\\s*", "; ").replaceAll("\\.$", "");
  }
}
