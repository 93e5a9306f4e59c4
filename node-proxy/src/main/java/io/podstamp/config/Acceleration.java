package io.podstamp.config;

/// Whether the hop from the application to the proxy may bypass TCP where the kernel does that
/// without any difference to the application. No kernel does (docs/DECISIONS.md), so both mean the
/// same.
public enum Acceleration {
  AUTO,
  OFF
}
