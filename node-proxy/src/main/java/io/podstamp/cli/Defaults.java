package io.podstamp.cli;

/// Where an agent and those who look for it meet when the command line says nothing else.
final class Defaults {
  static final String ADMIN = "127.0.0.1:15911";
  static final String METRICS = "127.0.0.1:15912";
  static final String SOCKET = "/run/podstamp/cni.sock";
  static final String STATE_DIR = "/var/lib/podstamp";
  static final String NETNS_DIR = "/run/netns";

  private Defaults() {}
}
