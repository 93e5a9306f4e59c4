package io.podstamp.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// One thing to look at. Looking changes nothing on the Node.
public interface Check {
  /// What it is called when looking itself fails.
  String name();

  List<Finding> look() throws IOException;

  /// Looks at each in turn; one that cannot be looked at is a finding too.
  static List<Finding> all(List<Check> checks) {
    List<Finding> findings = new ArrayList<>();
    for (Check check : checks) {
      try {
        findings.addAll(check.look());
      } catch (IOException | RuntimeException e) {
        findings.add(
            Finding.fail(
                check.name(),
                "cannot be looked at: " + e.getMessage(),
                "run it as root on the Node, or in the agent's container"));
      }
    }
    return findings;
  }
}
