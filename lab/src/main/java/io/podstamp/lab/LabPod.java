package io.podstamp.lab;

import java.util.List;

/// A running Pod: its netns, in which its programs are started.
///
/// @param ips its addresses, IPv4 first
public record LabPod(CniRuntime.Sandbox sandbox, List<String> ips) {
  public LabPod {
    ips = List.copyOf(ips);
  }

  public String namespace() {
    return sandbox.namespace();
  }

  public String name() {
    return sandbox.name();
  }

  public String ip() {
    return ips.getFirst();
  }

  public Netns netns() {
    return sandbox.netns();
  }

  /// Runs a program in the Pod.
  public Run run(String... command) {
    return netns().run(command);
  }

  /// A `curl` in the Pod that has to succeed.
  ///
  /// @return the body of the answer
  public String curl(String... arguments) {
    return curlRun(arguments).orThrow().out();
  }

  /// A `curl` in the Pod, quiet but for errors.
  public Run curlRun(String... arguments) {
    String[] command = new String[arguments.length + 4];
    command[0] = "curl";
    command[1] = "-sS";
    command[2] = "--max-time";
    command[3] = "120";
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    return run(command);
  }

  /// Gives the Pod one more address.
  public void addAddress(String addressWithPrefix) {
    netns().ip("address", "add", addressWithPrefix, "dev", "eth0", "nodad");
  }
}
