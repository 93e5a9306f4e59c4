package io.podstamp.explain;

import io.podstamp.config.Annotations;
import io.podstamp.config.Decision;
import io.podstamp.config.Decision.Layer;
import io.podstamp.config.Decision.Step;
import io.podstamp.config.Enablement;
import io.podstamp.config.Mesh;
import io.podstamp.config.PodPolicy;
import java.util.Optional;

/// Whether a Pod is to be captured, who says so, and how to say something else.
record Wanted(Account account, PodFacts facts, PodPolicy policy) {
  void tell() {
    Decision<Enablement> enablement = policy.enablement();
    switch (enablement.origin()) {
      case Mesh mesh -> {
        account.say(
            ("It belongs to %s, which redirects its traffic already; podstamp stays out of such Pods,"
                    + " though %s.")
                .formatted(mesh.label(), before(enablement)));
        account.advise(
            "if the two get along, in its template and here: %s%s=true"
                .formatted(annotatePod(), Annotations.ENABLED));
      }
      case Layer.POD -> byPod(enablement);
      case Layer.NAMESPACE -> {
        account.say(
            "The annotation of its Namespace says %s.".formatted(setting(enablement.value())));
        if (enablement.value() != Enablement.ENABLED) {
          account.advise("%s --overwrite".formatted(switchOn()));
        }
      }
      case Layer.CONFIG -> {
        Optional<String> unreadable =
            policy.problems().stream().filter(Wanted::isOfEnabled).findFirst();
        if (unreadable.isPresent()) {
          account.say(
              "Nobody switched it on: what the annotation %s says cannot be read, and counts as nothing."
                  .formatted(Annotations.ENABLED));
          account.advise(
              unreadable.get().startsWith("Pod")
                  ? "in its template and here: %s%s=true --overwrite"
                      .formatted(annotatePod(), Annotations.ENABLED)
                  : switchOn() + " --overwrite");
          return;
        }
        account.say(
            policy.namespaceKnown()
                ? ("Nobody switched it on: neither it nor its Namespace has the annotation %s, and without"
                        + " one a Pod is left alone.")
                    .formatted(Annotations.ENABLED)
                : "It has no annotation %s, and what its Namespace says could not be asked yet."
                    .formatted(Annotations.ENABLED));
        account.advise(switchOn());
      }
    }
  }

  private void byPod(Decision<Enablement> enablement) {
    Optional<Enablement> outer = asked(enablement, Layer.NAMESPACE);
    account.say(
        "Its own annotation says %s%s."
            .formatted(
                setting(enablement.value()),
                outer
                    .filter(other -> other != enablement.value())
                    .map(other -> ", which overrules " + setting(other) + " of its Namespace")
                    .orElse("")));
    if (enablement.value() != Enablement.ENABLED) {
      account.advise(
          "in its template and here: %s%s-".formatted(annotatePod(), Annotations.ENABLED));
      if (!outer.equals(Optional.of(Enablement.ENABLED))) {
        account.advise(switchOn());
      }
    }
  }

  /// What is written in annotations and cannot be read.
  void tellProblems() {
    for (String problem : policy.problems()) {
      account.say("An annotation is not in force: %s.".formatted(problem));
      if (!isOfEnabled(problem) || policy.enablement().origin() != Layer.CONFIG) {
        account.advise(
            "correct the annotation %s"
                .formatted(problem.replaceFirst("^(\\w+): ([^:\\[ ]+).*", "$2 of the $1")));
      }
    }
  }

  private static boolean isOfEnabled(String problem) {
    return problem.contains(": " + Annotations.ENABLED + ":");
  }

  private String switchOn() {
    return "kubectl annotate namespace " + facts.namespace() + " " + Annotations.ENABLED + "=true";
  }

  private String annotatePod() {
    return "kubectl -n " + facts.namespace() + " annotate pod " + facts.name() + " ";
  }

  private static String before(Decision<Enablement> enablement) {
    Step<Enablement> before = enablement.steps().get(enablement.steps().size() - 2);
    return (before.origin() == Layer.POD ? "its own annotation" : "the annotation of its Namespace")
        + " says "
        + setting(before.value());
  }

  private static Optional<Enablement> asked(Decision<Enablement> enablement, Layer layer) {
    return enablement.steps().stream()
        .filter(step -> step.origin() == layer)
        .map(Step::value)
        .findFirst();
  }

  private static String setting(Enablement value) {
    return Annotations.ENABLED
        + "="
        + switch (value) {
          case ENABLED -> "true";
          case DISABLED -> "false";
          case SHADOW -> "shadow";
        };
  }
}
