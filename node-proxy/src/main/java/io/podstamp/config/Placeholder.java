package io.podstamp.config;

/// One `{…}` of a header value: which fact of the Pod stands there.
public sealed interface Placeholder {
  /// A fact without a key, such as `{pod.name}`.
  enum Fact implements Placeholder {
    POD_NAME("pod.name"),
    POD_NAMESPACE("pod.namespace"),
    POD_IP("pod.ip"),
    POD_UID("pod.uid"),
    POD_HOSTNAME("pod.hostname"),
    POD_SERVICE_ACCOUNT("pod.serviceAccount"),
    WORKLOAD_KIND("workload.kind"),
    WORKLOAD_NAME("workload.name"),
    NODE_NAME("node.name"),
    NODE_IP("node.ip"),
    /// The Pod as an element of RFC 7239: `for=10.244.1.6`, or `for="[fd00:244::6]"`.
    FORWARDED("forwarded");

    private final String text;

    Fact(String text) {
      this.text = text;
    }

    /// As written between the braces.
    public String text() {
      return text;
    }
  }

  /// `{pod.labels['key']}`.
  record Label(String key) implements Placeholder {}

  /// `{pod.annotations['key']}`.
  record Annotation(String key) implements Placeholder {}
}
