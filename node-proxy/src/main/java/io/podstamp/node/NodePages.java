package io.podstamp.node;

import io.podstamp.admin.AdminServer;
import io.podstamp.admin.JsonPage;
import io.podstamp.admin.PodsPage;
import io.podstamp.admin.Readiness;
import io.podstamp.admin.StatusPage;
import io.podstamp.capture.PodStatus;
import io.podstamp.explain.Explainer;
import io.podstamp.metrics.Exposition;
import java.util.List;
import java.util.function.Supplier;

/// What an agent answers at which path of its two ports. All of it is for reading.
record NodePages(
    NodeFacts facts, Supplier<List<PodStatus>> pods, Readiness readiness, Exposition metrics) {
  /// What the admin port answers.
  AdminServer admin(AdminServer server) {
    return server
        .byAddressOnly()
        .probes(readiness)
        .page("/", new StatusPage())
        .page("/pods", new PodsPage(facts::rows))
        .question("/explain", "pod", this::explain)
        .page("/process", () -> JsonPage.answer(facts.process(readiness.awaited())))
        .page("/config", () -> JsonPage.answer(facts.config()))
        .page("/debug/attachments", () -> JsonPage.answer(pods.get()));
  }

  /// What the metrics port answers.
  AdminServer metrics(AdminServer server) {
    return server.metrics(metrics::page);
  }

  private AdminServer.Answer explain(String pod) {
    int slash = pod.indexOf('/');
    return slash <= 0 || slash == pod.length() - 1
        ? AdminServer.Answer.text(400, "pod: missing (expected: /explain?pod=NAMESPACE/POD)")
        : JsonPage.answer(
            Explainer.of(facts.pod(pod.substring(0, slash), pod.substring(slash + 1))));
  }
}
