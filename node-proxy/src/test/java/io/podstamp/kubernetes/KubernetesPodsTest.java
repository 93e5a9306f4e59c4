package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubernetesPodsTest {
  private static final Pod RUNNING = Pods.running("web-1", "10.1.0.5");

  @Test
  void record_runningPod_isRead() {
    Pod pod =
        new PodBuilder(RUNNING)
            .editMetadata()
            .withLabels(Map.of("app", "web"))
            .withAnnotations(Map.of("k", "v"))
            .endMetadata()
            .editStatus()
            .addNewPodIP("fd00::5")
            .endStatus()
            .build();
    assertThat(KubernetesPods.record(pod))
        .isEqualTo(
            new PodRecord(
                new PodRef("shop", "web-1", "uid-web-1"),
                List.of(InetAddress.ofLiteral("10.1.0.5"), InetAddress.ofLiteral("fd00::5")),
                "web-1",
                "default",
                Map.of("app", "web"),
                Map.of("k", "v"),
                new Workload("Pod", "web-1"),
                InetAddress.ofLiteral("192.0.2.10"),
                false,
                false,
                PodRecord.Life.LIVE,
                Instant.parse("2026-01-01T00:00:00Z"),
                null,
                Set.of(),
                List.of(InetAddress.ofLiteral("192.0.2.10"))));
  }

  @Test
  void record_podWithoutSpecAndStatus_isRead() {
    Pod bare =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("a")
            .withUid("u")
            .endMetadata()
            .build();
    PodRecord record = KubernetesPods.record(bare);
    assertThat(record.ips()).isEmpty();
    assertThat(record.serviceAccount()).isNull();
    assertThat(record.nodeIp()).isNull();
    assertThat(record.startedAt()).isEqualTo(Instant.MIN);
    assertThat(KubernetesPods.record(KubernetesPods.slim(bare))).isEqualTo(record);
  }

  @Test
  void record_runtimeClassAndPortsOfOurs_areReadOfTheSlimOneToo() {
    Pod pod =
        new PodBuilder(RUNNING)
            .editSpec()
            .withRuntimeClassName("kata-qemu")
            .withContainers(
                new ContainerBuilder()
                    .withName("app")
                    .addNewPort()
                    .withContainerPort(8080)
                    .endPort()
                    .addNewPort()
                    .withContainerPort(15902)
                    .endPort()
                    .build())
            .endSpec()
            .build();
    PodRecord record = KubernetesPods.record(pod);
    assertThat(record.runtimeClass()).isEqualTo("kata-qemu");
    assertThat(record.declaredPorts()).containsExactly(15902);
    assertThat(KubernetesPods.record(KubernetesPods.slim(pod))).isEqualTo(record);
  }

  @Test
  void record_addressThatIsNone_isLeftOut() {
    Pod pod =
        new PodBuilder(RUNNING)
            .editStatus()
            .withPodIPs(List.of())
            .addNewPodIP("localhost")
            .addNewPodIP("10.1.0.7")
            .withHostIP("")
            .endStatus()
            .build();
    assertThat(KubernetesPods.record(pod).ips()).containsExactly(InetAddress.ofLiteral("10.1.0.7"));
    assertThat(KubernetesPods.record(pod).nodeIp()).isNull();
  }

  @Test
  void record_onlyPodIp_isEnough() {
    Pod pod = new PodBuilder(RUNNING).editStatus().withPodIPs(List.of()).endStatus().build();
    assertThat(KubernetesPods.record(pod).ips()).containsExactly(InetAddress.ofLiteral("10.1.0.5"));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # apiVersion, kind,        name,             hash,       kind,       name
          apps/v1,     ReplicaSet,   web-7d4b9c,       7d4b9c,     Deployment, web
          apps/v1,     ReplicaSet,   web-a-b-7d4b9c,   7d4b9c,     Deployment, web-a-b
          apps/v1,     ReplicaSet,   web-7d4b9c,       other,      ReplicaSet, web-7d4b9c
          apps/v1,     ReplicaSet,   web,              '',         ReplicaSet, web
          apps/v1,     ReplicaSet,   -7d4b9c,          7d4b9c,     ReplicaSet, -7d4b9c
          example/v1,  ReplicaSet,   web-7d4b9c,       7d4b9c,     ReplicaSet, web-7d4b9c
          apps/v1,     StatefulSet,  db,               '',         StatefulSet, db
          apps/v1,     DaemonSet,    log,              '',         DaemonSet,  log
          batch/v1,    Job,          backup-29300000,  '',         Job,        backup-29300000
          v1,          Node,         node-1,           '',         Node,       node-1
          """)
  void workload_controller_isTheTopThatCanBeTold(
      String apiVersion, String kind, String name, String hash, String topKind, String topName) {
    Pod pod =
        new PodBuilder(RUNNING)
            .editMetadata()
            .withLabels(Map.of("pod-template-hash", hash))
            .addNewOwnerReference()
            .withApiVersion("v1")
            .withKind("Other")
            .withName("not-the-controller")
            .endOwnerReference()
            .addNewOwnerReference()
            .withApiVersion(apiVersion)
            .withKind(kind)
            .withName(name)
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .build();
    assertThat(KubernetesPods.record(pod).workload()).isEqualTo(new Workload(topKind, topName));
  }

  @Test
  void hostname_ofSpec_beatsTheName() {
    assertThat(
            KubernetesPods.record(
                    new PodBuilder(RUNNING).editSpec().withHostname("h").endSpec().build())
                .hostname())
        .isEqualTo("h");
    assertThat(
            KubernetesPods.record(
                    new PodBuilder(RUNNING)
                        .editSpec()
                        .withHostname("h")
                        .withHostnameOverride("whole.name")
                        .endSpec()
                        .build())
                .hostname())
        .isEqualTo("whole.name");
  }

  @ParameterizedTest
  @CsvSource({"62,a,63", "63,a,63", "62,-.,62", "61,--,61", "100,a,63"})
  void cutHostname_longName_isCutAsTheKubeletDoes(int length, String end, int expected) {
    String hostname = "x".repeat(length) + end + "tail-of-the-name".repeat(5);
    assertThat(PodRecord.cutHostname(hostname))
        .isEqualTo(hostname.substring(0, expected))
        .isEqualTo(PodRecord.cutHostname(PodRecord.cutHostname(hostname)));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # phase,  deleting, container runs, life
          Pending,   false,   false,          LIVE
          Running,   false,   true,           LIVE
          Running,   false,   false,          LIVE
          Running,   true,    true,           ENDING
          Running,   true,    false,          TERMINATED
          Pending,   true,    false,          TERMINATED
          Succeeded, false,   false,          TERMINATED
          Failed,    false,   false,          TERMINATED
          Failed,    true,    true,           TERMINATED
          """)
  void life_status_isTold(String phase, boolean deleting, boolean runs, PodRecord.Life life) {
    Pod pod = Pods.withPhase(deleting ? Pods.deleting(RUNNING) : RUNNING, phase);
    if (!runs) {
      pod = new PodBuilder(pod).editStatus().withContainerStatuses(List.of()).endStatus().build();
    }
    assertThat(KubernetesPods.record(pod).life()).isEqualTo(life);
    assertThat(KubernetesPods.record(KubernetesPods.slim(pod)).life()).isEqualTo(life);
  }

  @Test
  void life_onlyAnInitContainerRuns_isNotTerminated() {
    Pod pod =
        new PodBuilder(Pods.deleting(RUNNING))
            .editStatus()
            .withInitContainerStatuses(RUNNING.getStatus().getContainerStatuses())
            .withContainerStatuses(List.of())
            .endStatus()
            .build();
    assertThat(KubernetesPods.record(pod).life()).isEqualTo(PodRecord.Life.ENDING);
    assertThat(KubernetesPods.record(KubernetesPods.slim(pod)).life())
        .isEqualTo(PodRecord.Life.ENDING);
  }

  @Test
  void linkerdContainer_asContainerOrNativeSidecar_isSeen() {
    Pod container =
        new PodBuilder(RUNNING)
            .editSpec()
            .addNewContainer()
            .withName("linkerd-proxy")
            .endContainer()
            .endSpec()
            .build();
    Pod sidecar =
        new PodBuilder(RUNNING)
            .editSpec()
            .addNewInitContainer()
            .withName("linkerd-proxy")
            .endInitContainer()
            .endSpec()
            .build();
    assertThat(KubernetesPods.record(RUNNING).linkerdContainer()).isFalse();
    for (Pod pod : List.of(container, sidecar)) {
      assertThat(KubernetesPods.record(pod).linkerdContainer()).isTrue();
      assertThat(KubernetesPods.record(KubernetesPods.slim(pod)).linkerdContainer()).isTrue();
    }
  }

  @Test
  void slim_pod_keepsTheRecordAndDropsTheRest() {
    Pod pod =
        new PodBuilder(RUNNING)
            .editMetadata()
            .withLabels(Map.of("a", "b"))
            .withManagedFields(new ManagedFieldsEntry())
            .addNewOwnerReference()
            .withApiVersion("apps/v1")
            .withKind("DaemonSet")
            .withName("log")
            .withController(true)
            .endOwnerReference()
            .endMetadata()
            .editSpec()
            .withHostname("h")
            .endSpec()
            .build();
    Pod slim = KubernetesPods.slim(pod);
    assertThat(KubernetesPods.record(slim)).isEqualTo(KubernetesPods.record(pod));
    assertThat(slim.getMetadata().getManagedFields()).isEmpty();
    assertThat(slim.getSpec().getContainers()).isEmpty();
    assertThat(slim.getSpec().getNodeName()).isEqualTo(Pods.NODE);
  }
}
