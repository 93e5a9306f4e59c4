package io.podstamp.doctor;

import io.podstamp.kubernetes.KubernetesProbe;
import io.podstamp.kubernetes.KubernetesProbe.Answer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whether the API server answers, gives what the agent needs, and has the same time.
///
/// @param probe null where nobody said how to reach it
/// @param node whose Pods are asked for; null for any
public record ApiCheck(@Nullable KubernetesProbe probe, @Nullable String node) implements Check {
  /// Certificates and tokens are refused from a few minutes on.
  private static final Duration TOLERATED = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "API server";
  }

  @Override
  public List<Finding> look() {
    if (probe == null) {
      return List.of(
          Finding.warn(
              name(),
              "not asked: this is no Pod with a service account",
              "give --kubeconfig, or run it in the agent's container"));
    }
    List<Finding> findings = new ArrayList<>();
    try {
      Instant asked = Instant.now();
      Answer version = probe.get("version");
      findings.add(Finding.ok(name(), probe.address() + " answers"));
      findings.add(clock(version.date(), asked, Instant.now()));
      String pods =
          "api/v1/pods?limit=1" + (node == null ? "" : "&fieldSelector=spec.nodeName%3D" + node);
      findings.add(right("Pods", probe.get(pods)));
      findings.add(right("Namespaces", probe.get("api/v1/namespaces?limit=1")));
    } catch (IOException e) {
      findings.add(
          Finding.fail(
              name(),
              String.valueOf(e.getMessage()),
              "look at the network between them, and at --kubeconfig; meanwhile Pods are stamped from"
                  + " what is known"));
    }
    return findings;
  }

  private static Finding right(String what, Answer answer) {
    String check = "rights: " + what;
    return switch (answer.status()) {
      case 200 -> Finding.ok(check, "may be listed");
      case 401, 403 ->
          Finding.fail(
              check,
              "may not be listed (" + answer.status() + ")",
              "the ClusterRole of daemonset/base/rbac.yaml: get, list and watch");
      default ->
          Finding.warn(check, "listing answers " + answer.status(), "see the API server's log");
    };
  }

  static Finding clock(@Nullable String date, Instant asked, Instant answered) {
    if (date == null) {
      return Finding.warn("clock", "the API server does not tell its time", "compare it by hand");
    }
    try {
      // It tells whole seconds, of some moment between question and answer.
      Instant there = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration behind = Duration.between(answered, there);
      Duration ahead = Duration.between(there.plusSeconds(1), asked);
      Duration off = behind.compareTo(ahead) > 0 ? behind : ahead;
      return off.compareTo(TOLERATED) <= 0
          ? Finding.ok("clock", "agrees with the API server's")
          : Finding.warn(
              "clock",
              "is " + off.toSeconds() + " s off the API server's",
              "let NTP set it: tokens and certificates are refused when clocks differ");
    } catch (DateTimeParseException e) {
      return Finding.warn(
          "clock", "the API server tells no time but: " + date, "compare it by hand");
    }
  }
}
