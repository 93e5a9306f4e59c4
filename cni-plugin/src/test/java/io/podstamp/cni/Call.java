package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/// One call of the plugin, built up in steps and then [#run].
@SuppressWarnings("ArrayRecordComponent") // calls are not compared
record Call(Map<String, String> environment, byte[] stdin, Duration deadline) {
  static final String PREV_RESULT = "{ \"cniVersion\" : \"1.0.0\", \"ips\":[], \"x\":\"\\ud800\" }";

  /// What the plugin did.
  record Done(int exitCode, String stdout, String stderr) {}

  /// A call that lacks nothing, for Pod `shop/web-0`.
  static Call of(String command) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", "c1");
    environment.put("CNI_NETNS", "/run/netns/x");
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_PATH", "/opt/cni/bin");
    environment.put("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0");
    environment.put("AWS_SECRET_ACCESS_KEY", "not for the agent");
    return new Call(environment, new byte[0], Duration.ofSeconds(30));
  }

  Call with(String name, String value) {
    Map<String, String> changed = new HashMap<>(environment);
    changed.put(name, value);
    return new Call(changed, stdin, deadline);
  }

  Call stdin(String text) {
    return stdin(text.getBytes(UTF_8));
  }

  Call stdin(byte[] bytes) {
    return new Call(environment, bytes, deadline);
  }

  /// A complete configuration.
  ///
  /// @param more further members, each with a comma in front
  Call conf(Path socket, String cniVersion, String more) {
    return stdin(
        "{\"cniVersion\":\"%s\",\"name\":\"k8s\",\"type\":\"podstamp\",\"socket\":\"%s\",\"prevResult\": %s %s}"
            .formatted(cniVersion, socket, PREV_RESULT, more.replace('\'', '"')));
  }

  Call within(Duration duration) {
    return new Call(environment, stdin, duration);
  }

  Done run() {
    return run(new ByteArrayInputStream(stdin));
  }

  Done run(InputStream in) {
    ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    int exitCode = Plugin.run(environment, in, stdout, stderr, deadline);
    return new Done(exitCode, stdout.toString(UTF_8), stderr.toString(UTF_8));
  }
}
