package io.podstamp.cli;

import io.podstamp.doctor.RedirectTrial;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `podstamp trial`: what `doctor` starts in a network namespace of its own. Anywhere else it would
/// write rules that it does not take back.
@Command(name = TrialCommand.NAME, hidden = true, description = "For podstamp doctor only.")
final class TrialCommand implements Callable<Integer> {
  static final String NAME = "trial";

  @Override
  public Integer call() throws IOException {
    RedirectTrial.endWithInput();
    new RedirectTrial(System.out).run();
    return 0;
  }
}
