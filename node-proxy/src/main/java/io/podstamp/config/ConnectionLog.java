package io.podstamp.config;

/// How many connections are logged when they end.
public enum ConnectionLog {
  OFF,
  SAMPLED,
  ON
}
