package io.podstamp.sidecar;

import io.podstamp.os.ErrnoException;
import io.podstamp.os.Libc;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The application as our child: it has our input and output, its arguments as they were given, and
/// hears every signal that we hear.
public final class Application {
  private static final Logger log = LoggerFactory.getLogger(Application.class);

  /// Set by `bin/podstamp` for our JVM; an application's own JVM is to find what it would without
  /// us.
  private static final String OUR_JVMS_SETTING = "_JAVA_SR_SIGNUM";

  private final Process process;

  /// When it was told to end last, by the JVM's clock; null before that.
  private volatile @Nullable Long toldToEnd;

  private Application(Process process) {
    this.process = process;
  }

  /// Starts it.
  ///
  /// @throws IOException with one sentence when there is no such program, or it may not run
  public static Application start(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().remove(OUR_JVMS_SETTING);
    try {
      Application application = new Application(builder.start());
      Thread.ofPlatform().name("signals").daemon().start(application::forwardSignals);
      if (ProcessHandle.current().pid() == 1) {
        Zombies.startReaping(application.process.pid());
      }
      return application;
    } catch (IOException e) {
      throw new IOException(
          "command: '" + command.getFirst() + "' (expected: a program; " + e.getMessage() + ")", e);
    }
  }

  /// Waits for its end.
  ///
  /// @return its exit status; 128 and the signal's number when a signal ended it
  public int await() throws InterruptedException {
    return process.waitFor();
  }

  /// How much is left of the time that began when it was told to end by SIGTERM, as a container is;
  /// all of it if it ended by itself.
  ///
  /// @param least of it, however late the application ended
  public Duration leftOf(Duration time, Duration least) {
    Long told = toldToEnd;
    Duration left = told == null ? time : time.minusNanos(System.nanoTime() - told);
    return left.compareTo(least) < 0 ? least : left;
  }

  private void forwardSignals() {
    try {
      while (true) {
        Signals.Signal signal = Signals.await();
        if (signal == Signals.Signal.TERM) {
          toldToEnd = System.nanoTime();
        }
        try {
          Libc.kill((int) process.pid(), signal.number());
        } catch (ErrnoException ended) {
          log.debug("{} came too late for the application", signal, ended);
        }
      }
    } catch (ErrnoException e) {
      log.error("signals are not forwarded any more", e);
    }
  }
}
