package io.podstamp.capture;

import org.jspecify.annotations.Nullable;

/// Where an attachment stands, with what it holds there; what [PodState] names.
///
/// ```
///   Inherited ──disabled, no connection left──► Off ◄──no connection left── Draining
///       └──enabled──► Captured ◄──enabled── Off │ Shadowed │ Failed      ▲
///                         └─────────────────disabled─────────────────────┘
/// ```
///
/// Anything that goes wrong leads to Failed, which keeps what was held; the next try begins there.
sealed interface Standing {
  PodState state();

  /// The capture that is held, if there is one.
  default @Nullable PodCapture capture() {
    return null;
  }

  /// Where a listener of ours is bound, or was bound last; 0 if nowhere.
  default int port() {
    PodCapture capture = capture();
    return capture == null ? 0 : capture.redirect().port();
  }

  /// Nothing of ours is in the Pod.
  record Off() implements Standing {
    @Override
    public PodState state() {
      return PodState.OFF;
    }
  }

  /// An earlier agent's rules may be in the Pod, and its listener while that agent lives.
  ///
  /// @param port where it listened; 0 if it only counted
  record Inherited(int port) implements Standing {
    @Override
    public PodState state() {
      return PodState.DRAINING;
    }
  }

  /// Listener, rules and lease were found in place.
  record Captured(PodCapture capture) implements Standing {
    @Override
    public PodState state() {
      return PodState.CAPTURED;
    }
  }

  /// Connections are counted only.
  record Shadowed(PodShadow shadow) implements Standing {
    @Override
    public PodState state() {
      return PodState.SHADOW;
    }
  }

  /// Not to be captured any more; proxied connections finish.
  record Draining(PodCapture capture) implements Standing {
    @Override
    public PodState state() {
      return PodState.DRAINING;
    }
  }

  /// It could not be done.
  ///
  /// @param why in one sentence
  /// @param capture what is held all the same
  /// @param port tried first for the next listener; 0 for any
  record Failed(String why, @Nullable PodCapture capture, int port) implements Standing {
    @Override
    public PodState state() {
      return PodState.FAILED;
    }
  }
}
