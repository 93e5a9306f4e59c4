package io.podstamp.config;

/// How much the agent tells in its log.
public enum LogLevel {
  /// What it takes note of for who looks for a fault.
  DEBUG,
  /// What happens to Pods and to the agent.
  INFO,
  /// Only what is wrong.
  WARN
}
