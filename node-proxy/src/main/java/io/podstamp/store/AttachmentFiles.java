package io.podstamp.store;

import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The attachments as JSON files, one each. After a reboot their namespaces are gone, by which the
/// reconciler tells that they are of the past: so no CNI ADD waits for the disk, and what a power
/// cut left empty is removed.
///
/// A file is read by releases older and newer than the one that wrote it, since upgrades are rolled
/// back. So a member is never taken away or given another type, one that is missing has a value,
/// and one that is not known is passed over. `version` says what else the reader may expect; a file
/// without it is of release 0.1.0.
public final class AttachmentFiles implements AttachmentStore {
  /// Its name in the state directory.
  public static final String FOLDER = "attachments";

  private static final int VERSION = 2;
  private static final Logger log = LoggerFactory.getLogger(AttachmentFiles.class);
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private final Path directory;
  private final Map<String, Entry> written = new ConcurrentHashMap<>();

  /// The shape of the file; plain types, so that it stays readable when the records change. Release
  /// 0.1.0 needs the first eleven after `version`, by name and type.
  private record Entry(
      int version,
      @Nullable String containerId,
      @Nullable String ifname,
      @Nullable String netns,
      long netnsInode,
      @Nullable String namespace,
      @Nullable String name,
      @Nullable String uid,
      @Nullable List<String> ips,
      @Nullable Map<String, String> annotations,
      int port,
      @Nullable Map<String, String> namespaceAnnotations,
      boolean shadowed,
      @Nullable String namespaceUid,
      @Nullable String network) {}

  public AttachmentFiles(Path stateDir) throws IOException {
    directory = Files.createDirectories(stateDir.resolve(FOLDER));
  }

  @Override
  public void put(Stored stored) throws IOException {
    String id = stored.attachment().id();
    Entry entry = entry(stored);
    if (!entry.equals(written.get(id))) {
      written.remove(id);
      AtomicFile.writeUnsynced(file(id), JSON.writeValueAsBytes(entry));
      written.put(id, entry);
    }
  }

  @Override
  public void remove(String id) throws IOException {
    written.remove(id);
    Files.deleteIfExists(file(id));
  }

  @Override
  public List<Stored> load() throws IOException {
    List<Stored> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
      for (Path file : files) {
        try {
          Entry entry = JSON.readValue(Files.readAllBytes(file), Entry.class);
          Stored stored = stored(entry);
          requireName(file, stored.attachment().id());
          all.add(stored);
          if (entry(stored).equals(entry)) {
            written.put(stored.attachment().id(), entry);
          }
        } catch (IOException | JacksonException | IllegalArgumentException e) {
          log.warn("{}: skipped (expected: a stored attachment): {}", file, e.getMessage());
          removeIfEmpty(file);
        }
      }
    }
    return all;
  }

  /// As a power cut leaves it: the next agent need not wonder.
  private static void removeIfEmpty(Path file) throws IOException {
    if (Files.isRegularFile(file) && Files.size(file) == 0) {
      Files.delete(file);
    }
  }

  /// Two files of one attachment would give it two owners.
  private static void requireName(Path file, String id) {
    if (!file.endsWith(id + ".json")) {
      throw new IllegalArgumentException("the attachment in it is " + id);
    }
  }

  private static Entry entry(Stored stored) {
    Attachment attachment = stored.attachment();
    PodRef pod = attachment.pod();
    KnownNamespace namespace = stored.namespace();
    return new Entry(
        VERSION,
        attachment.containerId(),
        attachment.ifname(),
        attachment.netns().toString(),
        attachment.netnsInode(),
        pod.namespace(),
        pod.name(),
        pod.uid(),
        attachment.ips().stream().map(InetAddress::getHostAddress).toList(),
        attachment.annotations(),
        stored.port(),
        namespace == null ? null : namespace.annotations(),
        stored.shadowed(),
        namespace == null ? null : namespace.uid(),
        attachment.network());
  }

  /// @throws IllegalArgumentException when that is missing without which it is no attachment
  private static Stored stored(@Nullable Entry entry) {
    if (entry == null) {
      throw new IllegalArgumentException("null");
    }
    Map<String, String> namespace = entry.namespaceAnnotations;
    return new Stored(
        new Attachment(
            required("containerId", entry.containerId),
            required("ifname", entry.ifname),
            Path.of(required("netns", entry.netns)),
            entry.netnsInode,
            new PodRef(
                required("namespace", entry.namespace),
                required("name", entry.name),
                Objects.requireNonNullElse(entry.uid, "")),
            addresses(entry.ips),
            withoutNulls(entry.annotations),
            Objects.requireNonNullElse(entry.network, "")),
        entry.port,
        entry.shadowed,
        namespace == null
            ? null
            : new KnownNamespace(
                Objects.requireNonNullElse(entry.namespaceUid, ""), withoutNulls(namespace)));
  }

  private static String required(String member, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(member + ": missing");
    }
    return value;
  }

  private static List<InetAddress> addresses(@Nullable List<String> texts) {
    return texts == null
        ? List.of()
        : texts.stream().filter(Objects::nonNull).map(InetAddress::ofLiteral).toList();
  }

  private static Map<String, String> withoutNulls(@Nullable Map<String, String> map) {
    if (map == null) {
      return Map.of();
    }
    map.values().removeIf(Objects::isNull);
    return Map.copyOf(map);
  }

  /// The id was checked by the rules of the CNI specification: it holds no separator.
  private Path file(String id) {
    return directory.resolve(id + ".json");
  }
}
