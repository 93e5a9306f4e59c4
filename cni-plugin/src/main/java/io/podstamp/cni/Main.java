package io.podstamp.cni;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;

/// The process that a container runtime starts. The raw streams are used because those of `System`
/// buffer, encode and swallow errors; the process is halted, because an orderly exit looks for a
/// logger first and nothing here has a shutdown hook.
public final class Main {
  private Main() {}

  /// Serves one call and ends the process. Arguments are ignored, as CNI has none.
  @SuppressWarnings("resource") // the process ends with them
  public static void main(String[] args) {
    int exitCode =
        Plugin.run(
            System.getenv(),
            new FileInputStream(FileDescriptor.in),
            new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err),
            Plugin.DEADLINE);
    Runtime.getRuntime().halt(exitCode);
  }
}
