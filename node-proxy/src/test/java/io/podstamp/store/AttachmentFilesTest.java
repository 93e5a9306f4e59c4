package io.podstamp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodRef;
import io.podstamp.store.AttachmentStore.KnownNamespace;
import io.podstamp.store.AttachmentStore.Stored;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What is read from files that this build, others, and accidents have written.
class AttachmentFilesTest {
  private static final Stored WEB =
      new Stored(
          new Attachment(
              "0a1b2c3d4e5f",
              "eth0",
              Path.of("/var/run/netns/cni-7d5b2f61"),
              4026532511L,
              new PodRef("shop", "web-6d4cf56db6-x2x9p", "8b0a4a5e-6a4e-4d1c-9a1e-3f0d0c1b2a39"),
              List.of(
                  InetAddress.ofLiteral("10.244.0.17"), InetAddress.ofLiteral("fd00:10:244::11")),
              Map.of("podstamp.io/ports", "80,8080"),
              "podnet"),
          15901,
          false,
          new KnownNamespace(
              "5f0c2f5e-1f0e-4a50-8a8e-0d2f4f8b7a11", Map.of("podstamp.io/enabled", "true")));

  private static final JsonMapper DEFAULTS = JsonMapper.builder().build();

  private final Logger log = (Logger) LoggerFactory.getLogger(AttachmentFiles.class);
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  @TempDir private Path state;
  private Path folder;
  private AttachmentFiles files;

  @BeforeEach
  void open() throws IOException {
    logged.start();
    log.addAppender(logged);
    log.setAdditive(false);
    files = new AttachmentFiles(state);
    folder = state.resolve(AttachmentFiles.FOLDER);
  }

  @AfterEach
  void close() {
    log.detachAppender(logged);
    log.setAdditive(true);
  }

  private static Path file(Path folder) {
    return folder.resolve(WEB.attachment().id() + ".json");
  }

  private void write(String text) throws IOException {
    Files.writeString(file(folder), text);
  }

  private List<Stored> loadAnew() throws IOException {
    return new AttachmentFiles(state).load();
  }

  private List<String> warnings() {
    return logged.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static Path data(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(AttachmentFilesTest.class.getResource(name), name).toURI());
  }

  @Test
  void put_thenLoadedByTheNextAgent_isTheSame() throws IOException {
    files.put(WEB);
    assertThat(loadAnew()).containsExactly(WEB);
    assertThat(warnings()).isEmpty();
  }

  @Test
  void load_whatRelease010Wrote() throws IOException, URISyntaxException {
    for (Path file : list(data("release-0.1.0"))) {
      Files.copy(file, folder.resolve(file.getFileName()));
    }
    assertThat(loadAnew())
        .containsExactlyInAnyOrder(
            new Stored(
                withoutNetwork(WEB.attachment()),
                15901,
                false,
                new KnownNamespace("", Map.of("podstamp.io/enabled", "true"))),
            new Stored(
                new Attachment(
                    "ffeeddccbbaa",
                    "eth0",
                    Path.of("/var/run/netns/cni-00000001"),
                    4026532512L,
                    new PodRef("quiet", "db-0", ""),
                    List.of(),
                    Map.of()),
                0,
                false,
                null));
    assertThat(warnings()).isEmpty();
  }

  private static Attachment withoutNetwork(Attachment told) {
    return new Attachment(
        told.containerId(),
        told.ifname(),
        told.netns(),
        told.netnsInode(),
        told.pod(),
        told.ips(),
        told.annotations());
  }

  /// The data is what later releases will have to read.
  @Test
  void put_writesTheFormatOfItsTestData_whichIsReadBack() throws IOException, URISyntaxException {
    files.put(WEB);
    Path kept = file(data("format-2"));
    assertThat(DEFAULTS.readTree(Files.readString(file(folder))))
        .isEqualTo(DEFAULTS.readTree(Files.readString(kept)));
    write(Files.readString(kept));
    assertThat(loadAnew()).containsExactly(WEB);
  }

  /// The shape that release 0.1.0 (8a9bb8e) reads; a missing or a mistyped member stopped its
  /// start.
  record EntryOfRelease010(
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

  @Test
  void put_isReadableByRelease010() throws IOException {
    for (Stored stored : List.of(WEB, new Stored(WEB.attachment(), 0, true, null))) {
      files.put(stored);
      Attachment attachment = stored.attachment();
      KnownNamespace namespace = stored.namespace();
      assertThat(DEFAULTS.readValue(Files.readAllBytes(file(folder)), EntryOfRelease010.class))
          .isEqualTo(
              new EntryOfRelease010(
                  attachment.containerId(),
                  attachment.ifname(),
                  attachment.netns().toString(),
                  attachment.netnsInode(),
                  attachment.pod().namespace(),
                  attachment.pod().name(),
                  attachment.pod().uid(),
                  attachment.ips().stream().map(InetAddress::getHostAddress).toList(),
                  attachment.annotations(),
                  stored.port(),
                  namespace == null ? null : namespace.annotations()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{}",
        "null",
        "[]",
        "7",
        "\"text\"",
        "garbage",
        "{\"containerId\":",
        "\u0000\u0000\u0000\u0000"
      })
  void load_damaged_isSkippedWithOneWarning_othersAreRead(String damaged) throws IOException {
    files.put(WEB);
    Files.writeString(folder.resolve("other-eth0.json"), damaged);
    assertThat(loadAnew()).containsExactly(WEB);
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("other-eth0.json", "skipped (expected: a stored attachment)");
  }

  /// Nobody waits for the disk: what a power cut may leave is no trouble for any release.
  @Test
  void load_empty_isRemoved() throws IOException {
    files.put(WEB);
    Files.writeString(folder.resolve("other-eth0.json"), "");
    loadAnew();
    assertThat(list(folder)).containsExactly(file(folder));
  }

  @Test
  void load_cutAtEachByte_isSkippedWithOneWarning() throws IOException {
    files.put(WEB);
    String whole = Files.readString(file(folder));
    for (int length = 0; length < whole.length(); length++) {
      logged.list.clear();
      write(whole.substring(0, length));
      assertThat(loadAnew()).as(whole.substring(0, length)).isEmpty();
      assertThat(warnings()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"containerId", "ifname", "netns", "namespace", "name"})
  void load_withoutWhatAnAttachmentNeeds_isSkippedAndSaysWhat(String member) throws IOException {
    files.put(WEB);
    ObjectNode entry = entry();
    entry.remove(member);
    write(entry.toString());
    assertThat(loadAnew()).isEmpty();
    assertThat(warnings()).singleElement().asString().contains(member + ": missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version",
        "netnsInode",
        "uid",
        "ips",
        "annotations",
        "port",
        "namespaceAnnotations",
        "shadowed",
        "namespaceUid"
      })
  void load_withoutAnOptionalMember_orWithNull_isReadAsTheDefault(String member)
      throws IOException {
    files.put(WEB);
    ObjectNode entry = entry();
    entry.remove(member);
    write(entry.toString());
    List<Stored> withoutIt = loadAnew();
    assertThat(withoutIt).singleElement().satisfies(AttachmentFilesTest::isWeb);
    entry.putNull(member);
    write(entry.toString());
    assertThat(loadAnew()).isEqualTo(withoutIt);
    assertThat(warnings()).isEmpty();
  }

  private static void isWeb(Stored stored) {
    assertThat(stored.attachment().id()).isEqualTo(WEB.attachment().id());
    assertThat(stored.attachment().netns()).isEqualTo(WEB.attachment().netns());
    assertThat(stored.attachment().pod().name()).isEqualTo(WEB.attachment().pod().name());
  }

  @Test
  void load_unknownMembers_arePassedOver() throws IOException {
    files.put(WEB);
    ObjectNode entry = entry();
    entry.put("version", 99).put("ofALaterRelease", true).putObject("nested").put("more", 1);
    write(entry.toString());
    assertThat(loadAnew()).containsExactly(WEB);
    assertThat(warnings()).isEmpty();
  }

  @Test
  void load_nullElements_arePassedOver() throws IOException {
    files.put(WEB);
    ObjectNode entry = entry();
    entry.withArray("ips").addNull();
    ((ObjectNode) entry.get("annotations")).putNull("podstamp.io/enabled");
    ((ObjectNode) entry.get("namespaceAnnotations")).putNull("podstamp.io/ports");
    write(entry.toString());
    assertThat(loadAnew()).containsExactly(WEB);
  }

  static Stream<Map.Entry<String, Object>> mistyped() {
    return Stream.of(
        Map.entry("containerId", List.of("x")),
        Map.entry("netns", Map.of()),
        Map.entry("netnsInode", "many"),
        Map.entry("ips", "10.0.0.1"),
        Map.entry("ips", List.of("no address")),
        Map.entry("annotations", List.of()),
        Map.entry("port", "http"),
        Map.entry("namespaceAnnotations", "none"),
        Map.entry("shadowed", "perhaps"));
  }

  @ParameterizedTest
  @MethodSource("mistyped")
  void load_mistypedMember_isSkippedWithOneWarning(Map.Entry<String, Object> member)
      throws IOException {
    files.put(WEB);
    ObjectNode entry = entry();
    entry.set(member.getKey(), DEFAULTS.valueToTree(member.getValue()));
    write(entry.toString());
    assertThat(loadAnew()).isEmpty();
    assertThat(warnings()).hasSize(1);
  }

  /// Somebody's copy of a file must not give an attachment two owners.
  @Test
  void load_fileUnderAnotherName_isSkippedWithOneWarning() throws IOException {
    files.put(WEB);
    Files.copy(file(folder), folder.resolve("copy-eth0.json"));
    assertThat(loadAnew()).containsExactly(WEB);
    assertThat(warnings()).singleElement().asString().contains("copy-eth0.json");
  }

  @Test
  void put_failed_isToldAndTheNextOneWrites() throws IOException {
    Path moved = state.resolve("moved");
    Files.move(folder, moved);
    assertThatThrownBy(() -> files.put(WEB)).isInstanceOf(IOException.class);
    Files.move(moved, folder);
    files.put(WEB);
    assertThat(loadAnew()).containsExactly(WEB);
  }

  @Test
  void put_theSameAgain_writesNothing_alsoAfterALoad() throws IOException {
    files.put(WEB);
    AttachmentFiles next = new AttachmentFiles(state);
    assertThat(next.load()).hasSize(1);
    List<Object> before = new ArrayList<>();
    before.add(Files.readAttributes(file(folder), "unix:ino,ctime"));
    files.put(WEB);
    next.put(WEB);
    assertThat(before).containsExactly(Files.readAttributes(file(folder), "unix:ino,ctime"));
  }

  @Test
  void remove_isRepeatable_andAPutAfterItWrites() throws IOException {
    files.put(WEB);
    files.remove(WEB.attachment().id());
    files.remove(WEB.attachment().id());
    assertThat(list(folder)).isEmpty();
    files.put(WEB);
    assertThat(loadAnew()).containsExactly(WEB);
  }

  private ObjectNode entry() throws IOException {
    return (ObjectNode) DEFAULTS.readTree(Files.readString(file(folder)));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }
}
