package io.podstamp.signer;

import io.podstamp.metrics.Exposition;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// What is measured of a signer.
///
/// @param leads whether it makes the keys
/// @param isKeyKnown whether it is certain which key signs
/// @param keyAge for how long that one has
/// @param pods that it knows
/// @param silence since when the API server has said nothing of Pods
record SignerSeries(
    LongSupplier signed,
    ToLongFunction<Refusal> refused,
    BooleanSupplier leads,
    BooleanSupplier isKeyKnown,
    Supplier<Duration> keyAge,
    IntSupplier pods,
    Supplier<Duration> silence) {

  void register(Exposition exposition) {
    exposition.counter("podstamp_signer_tokens_signed", "Tokens signed.", signed::getAsLong);
    exposition.counters(
        "podstamp_signer_refused",
        "Requests and tokens that were refused, by why.",
        List.of("reason"),
        values -> {
          for (Refusal refusal : Refusal.values()) {
            values.put((double) refused.applyAsLong(refusal), refusal.label());
          }
        });
    exposition.gauge(
        "podstamp_signer_leads",
        "1 for the signer that makes, rotates and publishes the keys.",
        () -> leads.getAsBoolean() ? 1 : 0);
    exposition.gauge(
        "podstamp_signer_key_known",
        "1 while it is certain which key signs, 0 while nothing is signed for want of that.",
        () -> isKeyKnown.getAsBoolean() ? 1 : 0);
    exposition.gauge(
        "podstamp_signer_key_age_seconds",
        "For how long the key that signs has done so.",
        () -> keyAge.get().toMillis() / 1e3);
    exposition.gauge(
        "podstamp_signer_pods", "Pods of the cluster that the signer knows.", pods::getAsInt);
    exposition.gauge(
        "podstamp_signer_informer_age_seconds",
        "Time since the API server last answered a list or a watch of Pods; normally below 60 s.",
        () -> silence.get().toMillis() / 1e3);
  }
}
