package io.podstamp.config;

/// How much the agent tells in its log.
public enum LogLevel {
  /// Details for finding a fault.
  DEBUG,
  /// What happens to Pods and to the agent.
  INFO,
  /// Only what is wrong.
  WARN
}
