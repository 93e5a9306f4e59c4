package io.podstamp.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.podstamp.identity.PodRecord;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodIndexTest {
  private static final String IP = "10.1.0.5";
  private static final String EARLY = "2026-01-01T00:00:00Z";
  private static final String LATE = "2026-01-01T02:00:00Z";

  @ParameterizedTest
  @ValueSource(strings = {EARLY, LATE})
  void byIp_addressReused_everyOrderOfEventsEndsWithTheNewPod(String oldStart) {
    Pod old = Pods.startedAt(Pods.running("old", IP), oldStart);
    Pod waiting =
        new PodBuilder(Pods.running("new", IP))
            .editStatus()
            .withPhase("Pending")
            .withPodIP(null)
            .withPodIPs(List.of())
            .withStartTime("2026-01-01T01:00:00Z")
            .endStatus()
            .build();
    Pod now = Pods.startedAt(Pods.running("new", IP), "2026-01-01T01:00:00Z");
    List<Consumer<PodIndex>> ofOld =
        List.of(
            put(old),
            put(Pods.deleting(old)),
            put(Pods.withPhase(Pods.deleting(old), "Succeeded")),
            index -> index.remove("uid-old"));
    List<Consumer<PodIndex>> ofNew = List.of(put(waiting), put(now));

    List<List<Consumer<PodIndex>>> orders = interleave(ofOld, ofNew);
    assertThat(orders).hasSize(15);
    for (List<Consumer<PodIndex>> order : orders) {
      PodIndex index = new PodIndex();
      boolean newHasIt = false;
      boolean oldIsGone = false;
      for (Consumer<PodIndex> event : order) {
        event.accept(index);
        newHasIt |= event.equals(ofNew.get(1));
        oldIsGone |= event.equals(ofOld.get(2));
        if (newHasIt && oldIsGone) {
          assertThat(uidAt(index)).isEqualTo("uid-new");
        } else if (oldIsGone) {
          assertThat(uidAt(index)).isNull();
        } else if (newHasIt && !oldStart.equals(LATE)) {
          assertThat(uidAt(index)).isEqualTo("uid-new");
        }
      }
      assertThat(uidAt(index)).isEqualTo("uid-new");
      assertThat(index.all()).hasSize(1);
    }
  }

  @Test
  void byIp_newPodGoesFirst_theOldOneHasItAgain() {
    PodIndex index = new PodIndex();
    put(Pods.running("old", IP)).accept(index);
    put(Pods.startedAt(Pods.running("new", IP), LATE)).accept(index);
    assertThat(uidAt(index)).isEqualTo("uid-new");
    assertThat(index.remove("uid-new")).isTrue();
    assertThat(uidAt(index)).isEqualTo("uid-old");
  }

  @Test
  void byIp_podChangesItsAddress_theOldOneIsFree() {
    PodIndex index = new PodIndex();
    put(Pods.running("a", IP)).accept(index);
    put(Pods.running("a", "10.1.0.6")).accept(index);
    assertThat(uidAt(index)).isNull();
    assertThat(index.byIp(InetAddress.ofLiteral("10.1.0.6"))).isNotNull();
  }

  @Test
  void byIp_bothFamilies_leadToThePod() {
    PodIndex index = new PodIndex();
    Pod dual =
        new PodBuilder(Pods.running("a", IP))
            .editStatus()
            .addNewPodIP("fd00::5")
            .endStatus()
            .build();
    put(dual).accept(index);
    assertThat(uidAt(index)).isEqualTo("uid-a");
    assertThat(index.byIp(InetAddress.ofLiteral("fd00:0::5"))).isNotNull();
  }

  @Test
  void byIp_hostNetworkPod_isNotFound() {
    PodIndex index = new PodIndex();
    put(new PodBuilder(Pods.running("a", IP)).editSpec().withHostNetwork(true).endSpec().build())
        .accept(index);
    assertThat(uidAt(index)).isNull();
    assertThat(index.byUid("uid-a")).isNotNull();
  }

  @Test
  void byName_replacedUnderTheSameName_isTheLiveOne() {
    PodIndex index = new PodIndex();
    Pod old = Pods.startedAt(Pods.running("db-0", IP), LATE);
    put(Pods.withUid(Pods.running("db-0", "10.1.0.6"), "uid-2")).accept(index);
    put(Pods.withPhase(old, "Failed")).accept(index);
    PodRecord found = index.byName("shop", "db-0");
    assertThat(found).isNotNull();
    assertThat(found.ref().uid()).isEqualTo("uid-2");
    index.remove("uid-2");
    index.remove("uid-db-0");
    assertThat(index.byName("shop", "db-0")).isNull();
  }

  @Test
  void put_sameAgain_isNoNews() {
    PodIndex index = new PodIndex();
    assertThat(index.put(KubernetesPods.record(Pods.running("a", IP)))).isTrue();
    assertThat(index.put(KubernetesPods.record(Pods.running("a", IP)))).isFalse();
    assertThat(index.remove("uid-a")).isTrue();
    assertThat(index.remove("uid-a")).isFalse();
  }

  private static Consumer<PodIndex> put(Pod pod) {
    PodRecord record = KubernetesPods.record(pod);
    return index -> index.put(record);
  }

  private static @Nullable String uidAt(PodIndex index) {
    PodRecord record = index.byIp(InetAddress.ofLiteral(IP));
    return record == null ? null : record.ref().uid();
  }

  /// Every merge of the two that keeps the order within each.
  private static <T> List<List<T>> interleave(List<T> a, List<T> b) {
    if (a.isEmpty() || b.isEmpty()) {
      List<T> rest = new ArrayList<>(a);
      rest.addAll(b);
      return List.of(rest);
    }
    List<List<T>> merged = new ArrayList<>();
    for (List<T> tail : interleave(a.subList(1, a.size()), b)) {
      merged.add(prepend(a.getFirst(), tail));
    }
    for (List<T> tail : interleave(a, b.subList(1, b.size()))) {
      merged.add(prepend(b.getFirst(), tail));
    }
    return merged;
  }

  private static <T> List<T> prepend(T head, List<T> tail) {
    List<T> list = new ArrayList<>();
    list.add(head);
    list.addAll(tail);
    return list;
  }
}
