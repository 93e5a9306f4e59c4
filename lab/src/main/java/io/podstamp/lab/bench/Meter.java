package io.podstamp.lab.bench;

/// The CPU time that a proxy and the whole machine use from now on.
final class Meter {
  private final ProxyProcesses proxy;
  private final long proxyBefore;
  private final MachineCpu machineBefore;

  Meter(ProxyProcesses proxy) {
    this.proxy = proxy;
    this.proxyBefore = proxy.cpuNanos();
    this.machineBefore = MachineCpu.now();
  }

  long proxyNanos() {
    return proxy.cpuNanos() - proxyBefore;
  }

  MachineCpu machine() {
    return MachineCpu.now().since(machineBefore);
  }

  ProxyProcesses proxy() {
    return proxy;
  }
}
