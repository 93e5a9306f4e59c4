package io.podstamp.explain;

import io.podstamp.config.Annotations;
import io.podstamp.config.Decision;
import io.podstamp.config.Decision.Layer;
import io.podstamp.config.Decision.Origin;
import io.podstamp.config.Decision.Step;
import io.podstamp.config.Enablement;
import io.podstamp.config.Mesh;
import io.podstamp.config.PodPolicy;
import java.util.List;
import java.util.Optional;

/// Whether a Pod is to be captured, who says so, and how to say something else.
record Wanted(Account account, PodFacts facts, PodPolicy policy) {
  private static final String ANNOTATION = "annotation";
  private static final String LABEL = "label";

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
                .formatted(changePod(ANNOTATION), Annotations.ENABLED));
      }
      case Layer.POD, Layer.POD_LABEL -> byPod(enablement);
      case Layer.NAMESPACE, Layer.NAMESPACE_LABEL -> {
        account.say(
            "The %s of its Namespace says %s%s."
                .formatted(
                    kind(enablement.origin()), setting(enablement.value()), overruled(enablement)));
        if (enablement.value() != Enablement.ENABLED) {
          account.advise("%s --overwrite".formatted(switchOn(kind(enablement.origin()))));
        }
      }
      case Layer.CONFIG -> {
        Optional<String> unreadable =
            policy.problems().stream().filter(Wanted::isOfEnabled).findFirst();
        if (unreadable.isPresent()) {
          account.say(
              "Nobody switched it on: what the %s %s says cannot be read, and counts as nothing."
                  .formatted(kind(unreadable.get()), Annotations.ENABLED));
          account.advise(
              unreadable.get().startsWith("Pod")
                  ? "in its template and here: %s%s=true --overwrite"
                      .formatted(changePod(kind(unreadable.get())), Annotations.ENABLED)
                  : switchOn(kind(unreadable.get())) + " --overwrite");
          return;
        }
        account.say(
            policy.namespaceKnown()
                ? ("Nobody switched it on: neither it nor its Namespace has the annotation %s, and without"
                        + " one a Pod is left alone.")
                    .formatted(Annotations.ENABLED)
                : "It has no annotation %s, and what its Namespace says could not be asked yet."
                    .formatted(Annotations.ENABLED));
        account.advise(switchOn(ANNOTATION));
      }
    }
  }

  private void byPod(Decision<Enablement> enablement) {
    account.say(
        "Its own %s says %s%s."
            .formatted(
                kind(enablement.origin()), setting(enablement.value()), overruled(enablement)));
    if (enablement.value() == Enablement.ENABLED) {
      return;
    }
    List<Step<Enablement>> own =
        enablement.steps().reversed().stream()
            .takeWhile(step -> isOfPod(step.origin()) && step.value() != Enablement.ENABLED)
            .toList();
    for (Step<Enablement> step : own) {
      account.advise(
          "in its template and here: %s%s-"
              .formatted(changePod(kind(step.origin())), Annotations.ENABLED));
    }
    Step<Enablement> left = enablement.steps().get(enablement.steps().size() - 1 - own.size());
    if (left.value() != Enablement.ENABLED) {
      account.advise(switchOn(ANNOTATION));
    }
  }

  /// Who said something else, and is not heard.
  private static String overruled(Decision<Enablement> enablement) {
    return enablement.steps().reversed().stream()
        .filter(step -> step.origin() != Layer.CONFIG && step.value() != enablement.value())
        .findFirst()
        .map(
            step ->
                ", which overrules "
                    + setting(step.value())
                    + " of "
                    + switch (step.origin()) {
                      case Layer.POD_LABEL -> "its own label";
                      case Layer.NAMESPACE_LABEL -> "its Namespace's label";
                      default -> "its Namespace";
                    })
        .orElse("");
  }

  /// What is written in annotations and cannot be read.
  void tellProblems() {
    for (String problem : policy.problems()) {
      String kind = kind(problem);
      account.say(
          "%s is not in force: %s."
              .formatted(kind.equals(LABEL) ? "A label" : "An annotation", problem));
      if (!isOfEnabled(problem) || policy.enablement().origin() != Layer.CONFIG) {
        account.advise(
            "correct the %s %s"
                .formatted(
                    kind,
                    problem.replaceFirst("^(\\w+): (?:label )?([^:\\[ ]+).*", "$2 of the $1")));
      }
    }
  }

  private static boolean isOfEnabled(String problem) {
    return problem.contains(": " + Annotations.ENABLED + ":")
        || problem.contains(": " + Annotations.ENABLED_LABEL + ":");
  }

  private String switchOn(String kind) {
    return "kubectl %s namespace %s %s=true"
        .formatted(verb(kind), facts.namespace(), Annotations.ENABLED);
  }

  private String changePod(String kind) {
    return "kubectl -n " + facts.namespace() + " " + verb(kind) + " pod " + facts.name() + " ";
  }

  private static String verb(String kind) {
    return kind.equals(LABEL) ? "label" : "annotate";
  }

  private static String kind(Origin origin) {
    return origin == Layer.POD_LABEL || origin == Layer.NAMESPACE_LABEL ? LABEL : ANNOTATION;
  }

  /// Of what a problem is.
  private static String kind(String problem) {
    return problem.contains(": " + Annotations.LABEL) ? LABEL : ANNOTATION;
  }

  private static boolean isOfPod(Origin origin) {
    return origin == Layer.POD || origin == Layer.POD_LABEL;
  }

  private static String before(Decision<Enablement> enablement) {
    Step<Enablement> before = enablement.steps().get(enablement.steps().size() - 2);
    String kind = kind(before.origin());
    return (isOfPod(before.origin()) ? "its own " + kind : "the " + kind + " of its Namespace")
        + " says "
        + setting(before.value());
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
