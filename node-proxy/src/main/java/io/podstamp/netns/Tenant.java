package io.podstamp.netns;

/// Whose rules they are. Agent and sidecar may meet in one Pod: each has a table of its own, and
/// touches no other.
public enum Tenant {
  AGENT("podstamp"),
  SIDECAR("podstamp_sidecar");

  private final String table;

  Tenant(String table) {
    this.table = table;
  }

  /// The table's name; its family is `inet`, which holds the rules of both.
  public String table() {
    return table;
  }
}
