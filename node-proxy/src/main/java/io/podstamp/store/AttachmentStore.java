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
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The attachments on disk, one JSON file each, so that they outlive the agent. After a reboot
/// their namespaces are gone, by which the reconciler tells that they are of the past.
public final class AttachmentStore {
  /// Its name in the state directory.
  public static final String FOLDER = "attachments";

  private static final Logger log = LoggerFactory.getLogger(AttachmentStore.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path directory;
  private final Map<String, Entry> written = new ConcurrentHashMap<>();

  /// What is remembered of one attachment.
  ///
  /// @param port where its listener was bound last; 0 if never
  /// @param namespaceAnnotations as last known, for a start without API server; null if never known
  public record Stored(
      Attachment attachment, int port, @Nullable Map<String, String> namespaceAnnotations) {}

  /// The shape of the file; plain types, so that it stays readable when the records change.
  private record Entry(
      String containerId,
      String ifname,
      String netns,
      long netnsInode,
      String namespace,
      String name,
      String uid,
      List<String> ips,
      Map<String, String> annotations,
      int port,
      @Nullable Map<String, String> namespaceAnnotations) {}

  public AttachmentStore(Path stateDir) throws IOException {
    directory = Files.createDirectories(stateDir.resolve(FOLDER));
  }

  public void put(
      Attachment attachment, int port, @Nullable Map<String, String> namespaceAnnotations)
      throws IOException {
    PodRef pod = attachment.pod();
    Entry entry =
        new Entry(
            attachment.containerId(),
            attachment.ifname(),
            attachment.netns().toString(),
            attachment.netnsInode(),
            pod.namespace(),
            pod.name(),
            pod.uid(),
            attachment.ips().stream().map(InetAddress::getHostAddress).toList(),
            attachment.annotations(),
            port,
            namespaceAnnotations);
    if (!entry.equals(written.put(attachment.id(), entry))) {
      AtomicFile.write(file(attachment.id()), JSON.writeValueAsBytes(entry));
    }
  }

  public void remove(String id) throws IOException {
    written.remove(id);
    Files.deleteIfExists(file(id));
  }

  /// Everything stored. A file that cannot be read is reported and skipped: the others still count.
  public List<Stored> load() throws IOException {
    List<Stored> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
      for (Path file : files) {
        try {
          all.add(stored(JSON.readValue(Files.readAllBytes(file), Entry.class)));
        } catch (JacksonException | IllegalArgumentException e) {
          log.warn("{}: skipped (expected: a stored attachment): {}", file, e.getMessage());
        }
      }
    }
    return all;
  }

  private static Stored stored(Entry entry) {
    return new Stored(
        new Attachment(
            entry.containerId,
            entry.ifname,
            Path.of(entry.netns),
            entry.netnsInode,
            new PodRef(entry.namespace, entry.name, entry.uid),
            entry.ips.stream().map(InetAddress::ofLiteral).toList(),
            entry.annotations),
        entry.port,
        entry.namespaceAnnotations);
  }

  /// The id was checked by the rules of the CNI specification: it holds no separator.
  private Path file(String id) {
    return directory.resolve(id + ".json");
  }
}
