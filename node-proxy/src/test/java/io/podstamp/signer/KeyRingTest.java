package io.podstamp.signer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.podstamp.token.PodToken;
import io.podstamp.token.SigningKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
  private static final Instant BEGIN = Instant.parse("2026-12-01T08:00:00Z");
  private static final Duration EVERY = Duration.ofHours(1);

  /// What gateways knew at a time.
  private record Known(Instant at, Set<String> kids) {}

  @Test
  void noKeys_oneIsMade_whichSignsAtOnce() {
    KeyRing ring = KeyRing.EMPTY.turnedAt(BEGIN, EVERY);
    assertThat(ring.signingAt(BEGIN)).isPresent();
    assertThat(ring.publishedAt(BEGIN).orElseThrow().keys()).hasSize(1);
    assertThat(KeyRing.EMPTY.signingAt(BEGIN)).isEmpty();
    assertThat(KeyRing.EMPTY.publishedAt(BEGIN)).isEmpty();
  }

  @Test
  void nothingToDo_isTheSame() {
    KeyRing ring = KeyRing.EMPTY.turnedAt(BEGIN, EVERY);
    assertThat(ring.turnedAt(BEGIN.plus(Duration.ofMinutes(39)), EVERY)).isSameAs(ring);
    assertThat(ring.turnedAt(BEGIN.plus(Duration.ofMinutes(40)), EVERY).keys()).hasSize(2);
  }

  /// A day, looked at every 10 s: whichever key signs has been known to gateways that ask every 15
  /// minutes, and stays so until its last token has ended.
  @Test
  void keyThatSigns_isPublishedLongBefore_andUntilItsLastTokenHasEnded() {
    KeyRing ring = KeyRing.EMPTY;
    Deque<Known> knowledge = new ArrayDeque<>();
    Deque<Known> signed = new ArrayDeque<>();
    Set<String> all = new HashSet<>();
    for (Instant now = BEGIN;
        now.isBefore(BEGIN.plus(Duration.ofHours(24)));
        now = now.plusSeconds(10)) {
      ring = ring.turnedAt(now, EVERY);
      Set<String> kids =
          ring.publishedAt(now).orElseThrow().keys().stream()
              .map(SigningKey::kid)
              .collect(Collectors.toSet());
      String kid = ring.signingAt(now).orElseThrow().kid();
      all.add(kid);
      assertThat(kids).hasSizeLessThanOrEqualTo(3);
      knowledge.add(new Known(now, kids));
      signed.add(new Known(now, Set.of(kid)));
      while (knowledge.getFirst().at.isBefore(now.minus(Duration.ofMinutes(15)))) {
        knowledge.removeFirst();
      }
      while (signed.getFirst().at.plus(PodToken.LIFETIME).isBefore(now)) {
        signed.removeFirst();
      }
      assertThat(knowledge.getFirst().kids).as("at %s", now).contains(kid);
      assertThat(kids).containsAll(signed.getFirst().kids);
    }
    assertThat(all).hasSize(24);
  }

  /// Nobody led for a day.
  @Test
  void lateRotation_isAnnouncedAllTheSame() {
    KeyRing ring = KeyRing.EMPTY.turnedAt(BEGIN, EVERY);
    SigningKey first = ring.signingAt(BEGIN).orElseThrow();
    Instant late = BEGIN.plus(Duration.ofHours(30));
    KeyRing turned = ring.turnedAt(late, EVERY);
    assertThat(turned.signingAt(late.plus(Duration.ofMinutes(19)))).contains(first);
    assertThat(turned.signingAt(late.plus(Duration.ofMinutes(20))).orElseThrow().kid())
        .isNotEqualTo(first.kid());
    assertThat(turned.keys()).hasSize(2);
  }

  @Test
  void clockPutBack_theFirstKeySigns() {
    KeyRing ring = KeyRing.EMPTY.turnedAt(BEGIN, EVERY);
    assertThat(ring.signingAt(BEGIN.minus(EVERY))).isEqualTo(ring.signingAt(BEGIN));
    assertThat(ring.turnedAt(BEGIN.minus(EVERY), EVERY)).isSameAs(ring);
  }

  @Test
  void json_isReadBack() {
    KeyRing ring =
        KeyRing.EMPTY.turnedAt(BEGIN, EVERY).turnedAt(BEGIN.plus(Duration.ofMinutes(50)), EVERY);
    KeyRing read = KeyRing.parse(ring.json());
    assertThat(read.keys()).extracting(KeyRing.Timed::signsFrom).hasSize(2);
    assertThat(read.keys().stream().map(timed -> timed.key().kid()))
        .containsExactlyElementsOf(ring.keys().stream().map(timed -> timed.key().kid()).toList());
    assertThat(read.json()).isEqualTo(ring.json());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "[{}]",
        "[{\"pem\": \"x\", \"signsFrom\": \"2026-12-01T08:00:00Z\"}]"
      })
  void whatNoSignerWrote_isRefused(String json) {
    assertThatThrownBy(() -> KeyRing.parse(json)).isInstanceOf(IllegalArgumentException.class);
  }
}
