package io.podstamp.metrics;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.core.metrics.MetricWithFixedMetadata;
import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Everything that is measured, by the Prometheus naming conventions, and how it is written for who
/// asks.
///
/// What happens often is counted in a bare [LongAdder], one add an event; what is a state is asked
/// for when metrics are read. A name ends in its unit, and in `_total` by itself if it is a
/// counter.
public final class Exposition {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();

  /// Takes the values of one metric, each with its labels' values.
  public interface Values {
    void put(double value, String... labelValues);
  }

  /// Takes the counts and sums of one metric.
  interface Sums {
    void put(long count, double sum, String... labelValues);
  }

  /// A page of metrics, and what it is.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Page(String contentType, byte[] content) {}

  /// A counter for what happens often.
  LongAdder counter(String name, String help) {
    LongAdder adder = new LongAdder();
    counter(name, help, adder::sum);
    return adder;
  }

  /// A counter for each of an enum's constants.
  <E extends Enum<E>> Map<E, LongAdder> counters(
      String name, String help, String label, Class<E> type, Function<E, String> labelValue) {
    Map<E, LongAdder> adders = new EnumMap<>(type);
    for (E constant : type.getEnumConstants()) {
      adders.put(constant, new LongAdder());
    }
    counters(
        name,
        help,
        List.of(label),
        values ->
            adders.forEach((e, adder) -> values.put((double) adder.sum(), labelValue.apply(e))));
    return adders;
  }

  /// A counter that somebody else keeps.
  public void counter(String name, String help, DoubleSupplier value) {
    counters(name, help, List.of(), values -> values.put(value.getAsDouble()));
  }

  /// Counters that somebody else keeps; bounded in number.
  public void counters(String name, String help, List<String> labels, Consumer<Values> whenAsked) {
    described(CounterWithCallback.builder(), name, help, labels)
        .callback(callback -> whenAsked.accept(callback::call))
        .register(registry);
  }

  /// A number that is asked for when metrics are read.
  public void gauge(String name, String help, DoubleSupplier value) {
    gauges(name, help, List.of(), values -> values.put(value.getAsDouble()));
  }

  /// Numbers that are asked for when metrics are read; bounded in number.
  public void gauges(String name, String help, List<String> labels, Consumer<Values> whenAsked) {
    described(GaugeWithCallback.builder(), name, help, labels)
        .callback(callback -> whenAsked.accept(callback::call))
        .register(registry);
  }

  /// How often something took how long; for what happens seldom.
  Histogram histogram(String name, String help, List<String> labels, double... upperBounds) {
    return described(Histogram.builder(), name, help, labels)
        .classicOnly()
        .classicUpperBounds(upperBounds)
        .register(registry);
  }

  /// How often something happened and what it came to, kept by somebody else.
  void summaries(String name, String help, List<String> labels, Consumer<Sums> whenAsked) {
    described(SummaryWithCallback.builder(), name, help, labels)
        .callback(
            callback ->
                whenAsked.accept(
                    (count, sum, values) -> callback.call(count, sum, Quantiles.EMPTY, values)))
        .register(registry);
  }

  /// A fact in words.
  void info(String name, String help, Map<String, String> facts) {
    Info info =
        Info.builder()
            .name(name)
            .help(help)
            .labelNames(facts.keySet().toArray(String[]::new))
            .register(registry);
    info.setLabelValues(facts.values().toArray(String[]::new));
  }

  private static <B extends MetricWithFixedMetadata.Builder<B, ?>> B described(
      B builder, String name, String help, List<String> labels) {
    builder.name(name).help(help).labelNames(labels.toArray(String[]::new));
    for (Unit unit : Arrays.asList(Unit.SECONDS, Unit.BYTES)) {
      if (name.endsWith("_" + unit)) {
        builder.unit(unit);
      }
    }
    return builder;
  }

  /// What is known now.
  MetricSnapshots snapshots() {
    return registry.scrape();
  }

  /// Everything, in the format that the reader prefers: OpenMetrics if it says so, else the older
  /// text format.
  ///
  /// @param accept the header of that name; null if there was none
  public Page page(@Nullable String accept) throws IOException {
    ExpositionFormatWriter writer =
        accept != null && formats.getOpenMetricsTextFormatWriter().accepts(accept)
            ? formats.getOpenMetricsTextFormatWriter()
            : formats.getPrometheusTextFormatWriter();
    ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
    writer.write(out, snapshots());
    return new Page(writer.getContentType(), out.toByteArray());
  }
}
