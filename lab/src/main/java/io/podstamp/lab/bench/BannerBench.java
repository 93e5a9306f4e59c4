package io.podstamp.lab.bench;

import io.podstamp.lab.JavaProgram;
import io.podstamp.lab.Lab;
import io.podstamp.lab.LabPod;
import io.podstamp.lab.Node;
import io.podstamp.lab.OutsideServers;
import io.podstamp.lab.Run;
import io.podstamp.lab.bench.CommandLatency.Dialogue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// BANNER: how soon a client hears a server that speaks first, and how soon commands of protocols
/// that are not HTTP are answered, direct and captured. Both take turns in one run, with servers as
/// Debian ships them.
final class BannerBench implements Workload {
  private static final int WARM_UPS = 5;
  private static final int ROUNDS = 10;
  private static final String CONNECTIONS = "200";
  private static final String COMMANDS_EACH = "10";
  private static final double NANOS_PER_MILLI = 1e6;
  private static final String ACCEPTED = "podstamp_connections_total";

  @Override
  public String name() {
    return "BANNER";
  }

  @Override
  public String title() {
    return "how soon SMTP, SSH, redis and memcached are heard";
  }

  @Override
  public void run(Arena arena, Effort effort, Consumer<Sample> samples) {
    Lab lab = arena.lab();
    try (OutsideServers servers = new OutsideServers(lab.node(), Lab.FOLDER)) {
      start(servers);
      String ports =
          Arrays.stream(Dialogue.values())
              .map(dialogue -> String.valueOf(dialogue.port()))
              .collect(Collectors.joining(","));
      Map<String, String> annotations = Map.of("podstamp.io/ports", ports);
      Map<String, LabPod> pods = new LinkedHashMap<>();
      pods.put("direct", lab.runPod(Arena.QUIET, "banner-direct", annotations, List.of()));
      pods.put("captured", lab.runPod(Arena.STAMPED, "banner-captured", annotations, List.of()));

      double acceptedBefore = lab.agent().metric(ACCEPTED);
      Map<String, Map<String, List<Double>>> millis = new LinkedHashMap<>();
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        if (round == 0) {
          millis.clear();
        }
        pods.forEach((name, pod) -> measure(pod, name, millis));
      }
      expectCaptured(lab.agent().metric(ACCEPTED) - acceptedBefore);
      millis.forEach(BenchTable::print);
      millis.forEach(
          (what, times) ->
              times.forEach(
                  (name, list) ->
                      samples.accept(BenchTable.sample("BANNER " + what, name, 1, list))));
    }
  }

  @Override
  public List<Verdict> verdicts(Results results) {
    return List.of();
  }

  private static void start(OutsideServers servers) {
    int smtp = Dialogue.SMTP.port();
    String sink = "/usr/bin/python3 -m aiosmtpd -n -c aiosmtpd.handlers.Sink -l 0.0.0.0:" + smtp;
    servers.start(smtp, sink.split(" ", -1));
    int redis = Dialogue.REDIS.port();
    servers.start(
        redis,
        "redis-server",
        "--save",
        "",
        "--protected-mode",
        "no",
        "--port",
        String.valueOf(redis));
    int memcached = Dialogue.MEMCACHED.port();
    servers.start(memcached, "memcached", "-u", "root", "-p", String.valueOf(memcached));

    int ssh = Dialogue.SSH.port();
    String key = Lab.FOLDER.resolve("bench-host-key").toString();
    Run.ok("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key);
    // Nobody in a user namespace: a server that is not root wants no folder of root's.
    String sshd = "unshare --user --map-user=nobody /usr/sbin/sshd -De -f /dev/null -oPidFile=none";
    String settings = " -oMaxStartups=1000 -oPort=%d -oHostKey=%s".formatted(ssh, key);
    servers.start(ssh, (sshd + settings).split(" ", -1));
  }

  private static void measure(
      LabPod pod, String name, Map<String, Map<String, List<Double>>> millis) {
    List<String> program =
        JavaProgram.command(CommandLatency.class, Node.OUTSIDE_ADDRESS, CONNECTIONS, COMMANDS_EACH);
    Run.of(pod.netns().inside(program))
        .orThrow()
        .out()
        .lines()
        .map(line -> line.split("\t", 2))
        .forEach(
            sample ->
                millis
                    .computeIfAbsent(sample[0], _ -> new LinkedHashMap<>())
                    .computeIfAbsent(name, _ -> new ArrayList<>())
                    .add(Long.parseLong(sample[1]) / NANOS_PER_MILLI));
  }

  private static void expectCaptured(double accepted) {
    int least = ROUNDS * Dialogue.values().length * Integer.parseInt(CONNECTIONS);
    if (accepted < least) {
      throw new IllegalStateException(
          ACCEPTED + ": " + accepted + " (expected: at least " + least + ")");
    }
  }
}
