package io.podstamp.adoption;

import io.podstamp.identity.PodRecord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What libcni remembers of the attachments it made, for Pods that were created without us: a JSON
/// file each, `NETWORK-CONTAINERID-IFNAME` (libcni, `cachedInfo`). By these names CNI will ask to
/// delete them.
///
/// @param directory usually `/var/lib/cni/results`
record CniResults(Path directory) {
  private static final Logger log = LoggerFactory.getLogger(CniResults.class);
  private static final JsonMapper JSON = JsonMapper.shared();

  /// One attachment.
  ///
  /// @param netns null where libcni does not write it down (before its release 1.2)
  record Result(
      String containerId, String ifname, String network, @Nullable Path netns, FileTime written) {}

  /// The newest result of each Pod, by the Pod's UID, or by its namespace and name where the
  /// runtime gives no UID.
  Map<String, Result> byPod() throws IOException {
    Map<String, Result> results = new HashMap<>();
    if (!Files.isDirectory(directory)) {
      return results;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        try {
          JsonNode cached = JSON.readTree(Files.readAllBytes(file));
          String key = key(cached);
          if (key != null) {
            results.merge(
                key,
                result(cached, Files.getLastModifiedTime(file)),
                (a, b) -> a.written().compareTo(b.written()) >= 0 ? a : b);
          }
        } catch (IOException | JacksonException e) {
          log.debug("{}: skipped (expected: a cached CNI result)", file, e);
        }
      }
    }
    return results;
  }

  /// The key of a Pod in [#byPod], by UID or else by name.
  static @Nullable Result find(Map<String, Result> results, PodRecord pod) {
    return pod.aliases().stream()
        .map(told -> results.get(told.uid().isEmpty() ? told.toString() : told.uid()))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static Result result(JsonNode cached, FileTime written) {
    String netns = cached.path("netns").asString("");
    return new Result(
        cached.path("containerId").asString(""),
        cached.path("ifName").asString(""),
        cached.path("networkName").asString(""),
        netns.isEmpty() ? null : Path.of(netns),
        written);
  }

  private static @Nullable String key(JsonNode cached) {
    Map<String, String> args = new HashMap<>();
    for (JsonNode pair : cached.path("cniArgs")) {
      args.put(pair.path(0).asString(""), pair.path(1).asString(""));
    }
    if (cached.path("containerId").asString("").isEmpty()
        || cached.path("ifName").asString("").isEmpty()) {
      return null;
    }
    String uid = args.getOrDefault("K8S_POD_UID", "");
    if (!uid.isEmpty()) {
      return uid;
    }
    String name = args.getOrDefault("K8S_POD_NAME", "");
    return name.isEmpty() ? null : args.getOrDefault("K8S_POD_NAMESPACE", "") + "/" + name;
  }
}
