package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.podstamp.identity.Directory;
import io.podstamp.identity.Identifier;
import io.podstamp.identity.NamespaceRecord;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodIdentity.Node;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdentifierTest {
  private static final InetAddress IP = InetAddress.ofLiteral("10.1.0.5");
  private static final InetAddress OTHER_IP = InetAddress.ofLiteral("10.1.0.6");

  private final PodIndex pods = new PodIndex();
  private final Identifier identifier = new Identifier(new Known(pods), Pods.NODE);

  @Test
  void identify_directoryEmpty_isWhatTheAttachmentTells() {
    String longName = "x".repeat(70);
    assertThat(identifier.identify(attachment(longName, "uid-1")))
        .isEqualTo(
            new PodIdentity(
                new PodRef("shop", longName, "uid-1"),
                List.of(IP),
                "x".repeat(63),
                null,
                Map.of(),
                Map.of("from", "runtime"),
                null,
                new Node(Pods.NODE, null)));
  }

  @Test
  void identify_directoryKnowsThePod_isWhatItTells() {
    know(
        new PodBuilder(Pods.running("web", "10.1.0.5"))
            .editMetadata()
            .withLabels(Map.of("app", "web"))
            .withAnnotations(Map.of("from", "api"))
            .endMetadata()
            .editSpec()
            .withHostname("h")
            .endSpec()
            .build());
    assertThat(identifier.identify(attachment("web", "uid-web")))
        .isEqualTo(
            new PodIdentity(
                new PodRef("shop", "web", "uid-web"),
                List.of(IP),
                "h",
                "default",
                Map.of("app", "web"),
                Map.of("from", "api"),
                new Workload("Pod", "web"),
                new Node(Pods.NODE, InetAddress.ofLiteral("192.0.2.10"))));
  }

  @Test
  void identify_statusHasNoAddressYet_isTheAttachmentsAddress() {
    know(
        new PodBuilder(Pods.running("web", "10.1.0.5"))
            .editStatus()
            .withPodIP(null)
            .withPodIPs(List.of())
            .endStatus()
            .build());
    assertThat(identifier.identify(attachment("web", "uid-web")).ips()).containsExactly(IP);
  }

  /// As the kubelet will put them in the Pod's status, whatever the CNI result has first.
  @ParameterizedTest
  @CsvSource({"192.0.2.10, 10.1.0.5", "2001:db8::10, fd00::5"})
  void identify_dualStack_noStatusYet_primaryIsOfTheNodesFamily(String node, String primary) {
    InetAddress v6 = InetAddress.ofLiteral("fd00::5");
    Attachment v6First = attachment("web", "uid-web", List.of(v6, IP));
    Attachment v4First = attachment("web", "uid-web", List.of(IP, v6));
    know(withHostIp(Pods.running("other", "10.1.0.9"), node));
    for (Attachment attachment : List.of(v6First, v4First)) {
      assertThat(identifier.identify(attachment).ip()).isEqualTo(InetAddress.ofLiteral(primary));
    }

    Pod waiting =
        new PodBuilder(Pods.running("web", "10.1.0.5"))
            .editStatus()
            .withPodIP(null)
            .withPodIPs(List.of())
            .endStatus()
            .build();
    know(withHostIp(waiting, node));
    assertThat(identifier.identify(v6First).ip()).isEqualTo(InetAddress.ofLiteral(primary));

    know(withHostIp(Pods.running("web", "10.1.0.5"), node));
    assertThat(identifier.identify(v6First).ip()).isEqualTo(IP);
  }

  private static Pod withHostIp(Pod pod, String ip) {
    return new PodBuilder(pod).editStatus().withHostIP(ip).endStatus().build();
  }

  @Test
  void identify_runtimeGaveNoUid_findsByName() {
    know(Pods.running("web", "10.1.0.5"));
    assertThat(identifier.identify(attachment("web", "")).ref().uid()).isEqualTo("uid-web");
  }

  @Test
  void identify_onlyAnotherPodOfThatName_isWhatTheAttachmentTells() {
    know(Pods.running("db-0", "10.1.0.9"));
    PodIdentity identity = identifier.identify(attachment("db-0", "uid-new"));
    assertThat(identity.ref().uid()).isEqualTo("uid-new");
    assertThat(identity.serviceAccount()).isNull();
  }

  @Test
  void checkSource_addressOfThePod_agrees() {
    know(Pods.running("web", "10.1.0.5"));
    assertThat(identifier.checkSource(attachment("web", "uid-web"), IP))
        .isEqualTo(Identifier.Source.AGREES);
    assertThat(identifier.checkSource(attachment("web", ""), IP))
        .isEqualTo(Identifier.Source.AGREES);
    assertThat(identifier.mismatches()).isZero();
  }

  @Test
  void identify_staticPod_isItsMirror() {
    know(mirror("proxy-node-1", "0a1b2c"));
    PodIdentity identity = identifier.identify(attachment("proxy-node-1", "0a1b2c"));
    assertThat(identity.ref().uid()).isEqualTo("uid-proxy-node-1");
    assertThat(identity.labels()).containsEntry("app", "static");
    assertThat(identity.workload()).isEqualTo(new Workload("Node", "node-1"));
    assertThat(identifier.checkSource(attachment("proxy-node-1", "0a1b2c"), IP))
        .isEqualTo(Identifier.Source.AGREES);
    assertThat(identifier.mismatches()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "proxy-node-1, another-hash", // the manifest has changed since
    "other-node-1, 0a1b2c",
  })
  void identify_mirrorOfAnother_isWhatTheAttachmentTells(String name, String uid) {
    know(mirror("proxy-node-1", "0a1b2c"));
    assertThat(identifier.identify(attachment(name, uid)).labels()).isEmpty();
    assertThat(identifier.checkSource(attachment(name, uid), IP))
        .isEqualTo(Identifier.Source.MISMATCH);
  }

  @Test
  void identify_podWithTheHashAnnotationOnly_isNoMirror() {
    Pod pod =
        new PodBuilder(mirror("proxy-node-1", "x"))
            .editMetadata()
            .withAnnotations(Map.of("kubernetes.io/config.hash", "0a1b2c"))
            .endMetadata()
            .build();
    know(pod);
    assertThat(identifier.identify(attachment("proxy-node-1", "0a1b2c")).labels()).isEmpty();
  }

  private static Pod mirror(String name, String uidOfTheStaticPod) {
    return new PodBuilder(Pods.running(name, "10.1.0.5"))
        .editMetadata()
        .withLabels(Map.of("app", "static"))
        .withAnnotations(
            Map.of(
                "kubernetes.io/config.mirror",
                uidOfTheStaticPod,
                "kubernetes.io/config.hash",
                uidOfTheStaticPod))
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("Node")
        .withName("node-1")
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .build();
  }

  @Test
  void checkSource_addressOfNobody_isUnknown() {
    know(Pods.running("web", "10.1.0.5"));
    assertThat(identifier.checkSource(attachment("web", "uid-web"), OTHER_IP))
        .isEqualTo(Identifier.Source.UNKNOWN);
    assertThat(identifier.mismatches()).isZero();
  }

  @Test
  void checkSource_addressOfAnotherPod_isCounted() {
    know(Pods.running("web", "10.1.0.5"));
    for (String uid : List.of("uid-1", "")) {
      assertThat(identifier.checkSource(attachment("other", uid), IP))
          .isEqualTo(Identifier.Source.MISMATCH);
    }
    assertThat(identifier.mismatches()).isEqualTo(2);
  }

  @Test
  void checkSource_terminatedPodStillHasTheAddress_isUnknown() {
    know(Pods.withPhase(Pods.running("job", "10.1.0.5"), "Succeeded"));
    assertThat(identifier.checkSource(attachment("web", "uid-web"), IP))
        .isEqualTo(Identifier.Source.UNKNOWN);
  }

  private void know(Pod pod) {
    pods.put(KubernetesPods.record(pod));
  }

  private static Attachment attachment(String name, String uid) {
    return attachment(name, uid, List.of(IP));
  }

  private static Attachment attachment(String name, String uid, List<InetAddress> ips) {
    return new Attachment(
        "c1",
        "eth0",
        Path.of("/var/run/netns/x"),
        1,
        new PodRef("shop", name, uid),
        ips,
        Map.of("from", "runtime"));
  }

  private record Known(PodIndex index) implements Directory {
    @Override
    public @Nullable PodRecord byIp(InetAddress ip) {
      return index.byIp(ip);
    }

    @Override
    public @Nullable PodRecord byUid(String uid) {
      return index.byUid(uid);
    }

    @Override
    public @Nullable PodRecord byName(String namespace, String name) {
      return index.byName(namespace, name);
    }

    @Override
    public Collection<PodRecord> pods() {
      return index.all();
    }

    @Override
    public @Nullable NamespaceRecord namespace(String name) {
      throw new AssertionError("a Namespace is no part of an identity");
    }

    @Override
    public Set<String> namespaces() {
      throw new AssertionError("Namespaces are no part of an identity");
    }

    @Override
    public void onChange(Consumer<Change> listener) {
      throw new AssertionError("nobody listens");
    }

    @Override
    public boolean synced() {
      throw new AssertionError("being synced makes no difference");
    }
  }
}
