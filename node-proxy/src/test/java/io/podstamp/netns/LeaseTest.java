package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.podstamp.config.Destinations;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Pattern EXPIRES = Pattern.compile("expires (?:(\\d+)m)?(?:(\\d+)s)?");

  private final Doorway doorway = new Doorway();
  private TestNetns pod;
  private Netns netns;
  private Lease lease;

  @BeforeEach
  void installRules() throws IOException {
    pod = new TestNetns();
    netns = Netns.openPod(pod.path());
    new RuleInstaller(doorway)
        .install(
            netns,
            new RedirectRules(
                new TreeSet<>(Set.of(80)),
                15901,
                Set.of(Family.IPV4),
                Destinations.ALL,
                true,
                null),
            Duration.ofSeconds(1));
    lease = PodSockets.lease(doorway, netns, Tenant.AGENT);
  }

  @AfterEach
  void close() throws IOException {
    lease.close();
    netns.close();
    pod.close();
    doorway.close();
  }

  @Test
  void renew_liveLease_lastsFromNow() throws IOException {
    lease.renew(MINUTE);
    lease.renew(Duration.ofMinutes(5));
    assertThat(secondsLeft()).isBetween(250, 300);
    lease.renew(Duration.ofSeconds(30));
    assertThat(secondsLeft()).isBetween(15, 30);
  }

  @Test
  void renew_expiredLease_bringsItBack() throws IOException {
    await().until(() -> secondsLeft() < 0);
    lease.renew(MINUTE);
    assertThat(secondsLeft()).isBetween(40, 60);
  }

  @Test
  void revoke_liveOrNot_leavesNone() throws IOException {
    lease.renew(MINUTE);
    lease.revoke();
    lease.revoke();
    assertThat(secondsLeft()).isNegative();
  }

  @Test
  void renew_rulesFlushed_saysSo() throws IOException {
    pod.exec("nft", "flush", "ruleset");
    assertThatThrownBy(() -> lease.renew(MINUTE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("flushed");
  }

  @Test
  void foreignTransactions_ourOwn_doNotCount_anybodyElsesDo() throws IOException {
    int before = lease.foreignTransactions();
    lease.renew(MINUTE);
    lease.renew(MINUTE);
    lease.revoke();
    assertThat(lease.foreignTransactions()).isEqualTo(before);

    pod.exec("nft", "add", "table", "ip", "somebodys");
    assertThat(lease.foreignTransactions()).isEqualTo(before + 1);

    pod.exec("nft", "flush", "ruleset");
    assertThatThrownBy(() -> lease.renew(MINUTE)).isInstanceOf(IOException.class);
    assertThat(lease.foreignTransactions()).isEqualTo(before + 2);
  }

  @Test
  void renew_afterClose_isRefused() throws IOException {
    lease.close();
    lease.close();
    assertThatThrownBy(() -> lease.renew(Duration.ofSeconds(1))).isInstanceOf(IOException.class);
  }

  /// Seconds until the lease ends; -1 when there is none.
  private int secondsLeft() throws IOException {
    String set = pod.exec("nft", "list", "set", "inet", "podstamp", "lease");
    Matcher matcher = EXPIRES.matcher(set);
    if (!matcher.find()) {
      return -1;
    }
    int minutes = matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1));
    int seconds = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
    return minutes * 60 + seconds;
  }
}
