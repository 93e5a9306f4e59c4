package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetnsTest {
  @Test
  void openPod_namespaceOfTheHost_isRefused() {
    assertRefused("/proc/self/ns/net", "the host's own");
  }

  @Test
  void openPod_linkToTheHosts_isRefused(@TempDir Path dir) throws IOException {
    Path link = Files.createSymbolicLink(dir.resolve("pod"), Path.of("/proc/self/ns/net"));
    assertRefused(link.toString(), "the host's own");
  }

  @Test
  void openPod_otherKindOfNamespace_isRefused() {
    assertRefused("/proc/self/ns/uts", "another kind");
  }

  @Test
  void openPod_plainFile_isRefused(@TempDir Path dir) throws IOException {
    assertRefused(Files.createFile(dir.resolve("file")).toString(), "this is a file");
  }

  @Test
  void openPod_missing_isRefused() {
    assertRefused("/run/netns/nobody", "cannot be opened");
  }

  private static void assertRefused(String path, String because) {
    assertThatThrownBy(() -> Netns.openPod(Path.of(path)))
        .isInstanceOf(NotPodNetnsException.class)
        .hasMessageContaining(path)
        .hasMessageContaining(because);
  }

  @Test
  void inside_action_runsInThePodAndTheThreadComesHome() throws IOException {
    try (TestNetns pod = new TestNetns();
        Netns netns = Netns.openPod(pod.path())) {
      String home = namespaceOfThisThread();
      String inside = netns.inside(NetnsTest::namespaceOfThisThread);
      assertThat(inside).isEqualTo("net:[" + netns.id().inode() + "]").isNotEqualTo(home);
      assertThat(namespaceOfThisThread()).isEqualTo(home);
    }
  }

  @Test
  void inside_actionThrows_threadComesHome() throws IOException {
    try (TestNetns pod = new TestNetns();
        Netns netns = Netns.openPod(pod.path())) {
      String home = namespaceOfThisThread();
      assertThatThrownBy(
              () ->
                  netns.inside(
                      () -> {
                        throw new IOException("inside");
                      }))
          .hasMessage("inside");
      assertThat(namespaceOfThisThread()).isEqualTo(home);
    }
  }

  @Test
  void inside_afterClose_isRefused() throws IOException {
    try (TestNetns pod = new TestNetns()) {
      Netns netns = Netns.openPod(pod.path());
      netns.close();
      netns.close();
      assertThatThrownBy(() -> netns.inside(() -> 1)).isInstanceOf(NotPodNetnsException.class);
    }
  }

  @Test
  void inside_onVirtualThread_isRefused() throws Exception {
    try (TestNetns pod = new TestNetns();
        Netns netns = Netns.openPod(pod.path())) {
      Throwable[] thrown = new Throwable[1];
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  netns.inside(() -> 1);
                } catch (Exception e) {
                  thrown[0] = e;
                }
              })
          .join();
      assertThat(thrown[0]).isInstanceOf(IllegalStateException.class);
    }
  }

  private static String namespaceOfThisThread() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }
}
