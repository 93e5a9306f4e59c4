package io.podstamp.admin;

import io.podstamp.task.BackgroundTask;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The ports at which the agent is looked at. Whoever captures Pods does not wait for them: one
/// that is taken is said so once, and tried again every few seconds until it is free.
public final class AdminPorts implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdminPorts.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);
  private static final Duration LONGEST_TRY = Duration.ofSeconds(2);

  private final List<Port> ports = new ArrayList<>();
  private final BackgroundTask task =
      BackgroundTask.paced("admin-ports", this::pause, this::bindAll);
  private Duration pause = FIRST_PAUSE;

  /// One of them.
  private static final class Port {
    private final String name;
    private final InetSocketAddress address;
    private final UnaryOperator<AdminServer> pages;
    private volatile @Nullable AdminServer server;
    private volatile @Nullable String problem;

    private Port(String name, InetSocketAddress address, UnaryOperator<AdminServer> pages) {
      this.name = name;
      this.address = address;
      this.pages = pages;
    }

    private void bind() {
      try {
        server = pages.apply(AdminServer.bind(address)).start();
        if (problem != null) {
          log.info("{}: serves {} now", name, AdminServer.text(address));
        }
        problem = null;
      } catch (IOException e) {
        complain(e);
      }
    }

    private void complain(IOException cause) {
      if (problem != null) {
        return;
      }
      String holder = PortHolder.of(address.getPort());
      String sentence =
          "%s: %s %s"
              .formatted(
                  name,
                  AdminServer.text(address),
                  cause instanceof BindException && holder != null
                      ? "is taken (by " + holder + ")"
                      : "cannot be bound (maybe it is taken): " + cause.getMessage());
      problem = sentence;
      log.warn("{}; Pods are captured all the same, and it is tried again", sentence);
    }
  }

  /// Adds one, not bound yet.
  ///
  /// @param name in messages and metrics
  /// @param pages adds what it serves
  public AdminPorts add(String name, InetSocketAddress address, UnaryOperator<AdminServer> pages) {
    ports.add(new Port(name, address, pages));
    return this;
  }

  /// Binds those that are free, and the others in the background.
  public AdminPorts start() {
    bindAll();
    task.start();
    return this;
  }

  private void bindAll() {
    ports.stream().filter(port -> port.server == null).forEach(Port::bind);
  }

  private Duration pause() {
    if (ports.stream().allMatch(port -> port.server != null)) {
      return BackgroundTask.NEVER;
    }
    Duration now = pause;
    pause = now.compareTo(LONGEST_PAUSE) < 0 ? now.multipliedBy(2) : LONGEST_PAUSE;
    return now;
  }

  /// The names of all.
  public List<String> names() {
    return ports.stream().map(port -> port.name).toList();
  }

  /// Whether it serves.
  public boolean isBound(String name) {
    return ports.stream().anyMatch(port -> port.name.equals(name) && port.server != null);
  }

  /// What keeps ports from serving, a sentence each; empty while all do.
  public List<String> problems() {
    return ports.stream().map(port -> port.problem).filter(Objects::nonNull).toList();
  }

  /// Gives them up, for the next agent.
  @Override
  public void close() {
    task.closeAndAwait(LONGEST_TRY);
    for (Port port : ports) {
      AdminServer server = port.server;
      if (server != null) {
        server.close();
      }
    }
  }
}
