package io.podstamp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final int WRITERS = 8;
  private static final int WRITES = 50;

  @TempDir private Path dir;

  @Test
  void write_replacesAndLeavesNothingBeside() throws IOException {
    Path file = dir.resolve("a.json");
    AtomicFile.write(file, new byte[] {1});
    AtomicFile.write(file, new byte[] {2, 3});
    assertThat(file).hasBinaryContent(new byte[] {2, 3});
    assertThat(names(dir)).containsExactly("a.json");
  }

  @Test
  void write_likeAnother_hasItsMode() throws IOException {
    Path like = Files.createFile(dir.resolve("like"));
    Files.setPosixFilePermissions(like, PosixFilePermissions.fromString("rw-r-----"));
    Path file = dir.resolve("file");
    AtomicFile.write(file, new byte[] {1}, like);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
  }

  @Test
  void write_manyAtATime_allSucceedAndOneIsThereWhole()
      throws IOException, InterruptedException, ExecutionException {
    Path file = dir.resolve("a.json");
    List<Future<?>> writers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < WRITERS; i++) {
        byte[] content = String.valueOf(i).repeat(3000 + i).getBytes(StandardCharsets.US_ASCII);
        writers.add(
            threads.submit(
                () -> {
                  for (int write = 0; write < WRITES; write++) {
                    AtomicFile.write(file, content);
                  }
                  return null;
                }));
      }
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
    String there = Files.readString(file);
    int winner = there.charAt(0) - '0';
    assertThat(there).isEqualTo(String.valueOf(winner).repeat(3000 + winner));
    assertThat(names(dir)).containsExactly("a.json");
  }

  @Test
  void write_diskFull_leavesTheOldContentAndNothingBeside() throws Exception {
    Path disk = Files.createDirectory(dir.resolve("disk"));
    run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk.toString());
    try {
      Path file = disk.resolve("a.json");
      AtomicFile.write(file, new byte[] {1, 2, 3});
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> AtomicFile.write(file, new byte[64 << 10]))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("No space left");
      }
      assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
      assertThat(names(disk)).containsExactly("a.json");

      AtomicFile.write(file, new byte[] {4});
      assertThat(file).hasBinaryContent(new byte[] {4});
    } finally {
      run("umount", disk.toString());
    }
  }

  @Test
  void removeLeftBehind_takesOldOnesOfThisAndOfEarlierBuilds() throws IOException {
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    for (String name :
        List.of(".a.json.1" + AtomicFile.UNFINISHED, ".b.json.next", ".c", "d.next")) {
      Files.setLastModifiedTime(Files.createFile(dir.resolve(name)), old);
    }
    Files.createFile(dir.resolve(".young" + AtomicFile.UNFINISHED));
    AtomicFile.removeLeftBehind(dir);
    assertThat(names(dir))
        .containsExactlyInAnyOrder(".c", "d.next", ".young" + AtomicFile.UNFINISHED);
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }
}
