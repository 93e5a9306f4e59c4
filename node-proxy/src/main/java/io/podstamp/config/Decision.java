package io.podstamp.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A setting of one Pod and how it came about: each step overrides the ones before.
///
/// @param steps at least one, the last is in force
public record Decision<T>(List<Step<T>> steps) {

  /// Who wanted which value.
  public record Step<T>(Origin origin, T value) {}

  /// Who can decide.
  public sealed interface Origin permits Layer, Mesh {
    /// As `explain` prints it.
    String label();
  }

  /// Where a setting can stand.
  public enum Layer implements Origin {
    CONFIG("config file or default"),
    NAMESPACE_LABEL("Namespace label"),
    NAMESPACE("Namespace annotation"),
    POD_LABEL("Pod label"),
    POD("Pod annotation");

    private final String label;

    Layer(String label) {
      this.label = label;
    }

    @Override
    public String label() {
      return label;
    }
  }

  public Decision {
    steps = List.copyOf(steps);
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("steps: none (expected: at least one)");
    }
  }

  /// The value in force.
  public T value() {
    return steps.getLast().value();
  }

  /// Who decided.
  public Origin origin() {
    return steps.getLast().origin();
  }

  static <T> Decision<T> of(Layer layer, T value) {
    return new Decision<>(List.of(new Step<>(layer, value)));
  }

  Decision<T> then(Origin origin, Optional<T> value) {
    if (value.isEmpty()) {
      return this;
    }
    List<Step<T>> longer = new ArrayList<>(steps);
    longer.add(new Step<>(origin, value.get()));
    return new Decision<>(longer);
  }
}
