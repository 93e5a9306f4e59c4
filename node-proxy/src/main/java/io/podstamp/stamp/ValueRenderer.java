package io.podstamp.stamp;

import io.podstamp.config.HeaderNames;
import io.podstamp.config.HeaderRule;
import io.podstamp.config.Placeholder;
import io.podstamp.config.Placeholder.Fact;
import io.podstamp.config.ValueTemplate;
import io.podstamp.config.ValueTemplate.Part;
import io.podstamp.pod.PodIdentity;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Fills a value template with what is known of a Pod.
final class ValueRenderer {
  private ValueRenderer() {}

  /// The value; null when a placeholder is not known.
  static @Nullable String render(HeaderRule rule, PodIdentity pod) {
    return render(rule.value(), pod, HeaderNames.folded(rule.name()).equals("forwarded"));
  }

  /// The same for what is no header.
  static @Nullable String render(ValueTemplate template, PodIdentity pod) {
    return render(template, pod, false);
  }

  private static @Nullable String render(
      ValueTemplate template, PodIdentity pod, boolean forwarded) {
    StringBuilder value = new StringBuilder();
    for (Part part : template.parts()) {
      // A config that writes the quotes itself gets the bare address between them.
      boolean asNode = forwarded && !value.isEmpty() && value.charAt(value.length() - 1) == '=';
      String text =
          switch (part) {
            case Part.Literal literal -> literal.text();
            case Part.Hole hole -> fill(hole.placeholder(), pod, asNode);
          };
      if (text == null || text.isEmpty()) {
        return null;
      }
      value.append(text);
    }
    return value.toString();
  }

  /// Whether a value can be sent as it is: RFC 9110, section 5.5.
  static boolean isLegal(String value) {
    return value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7f && c <= 0xff));
  }

  private static @Nullable String fill(Placeholder placeholder, PodIdentity pod, boolean asNode) {
    return switch (placeholder) {
      case Fact fact -> fill(fact, pod, asNode);
      case Placeholder.Label label -> pod.labels().get(label.key());
      case Placeholder.Annotation annotation -> pod.annotations().get(annotation.key());
    };
  }

  private static @Nullable String fill(Fact fact, PodIdentity pod, boolean asNode) {
    return switch (fact) {
      case POD_NAME -> pod.ref().name();
      case POD_NAMESPACE -> pod.ref().namespace();
      case POD_IP -> asNode ? node(pod.ip()) : text(pod.ip());
      case POD_UID -> pod.ref().uid();
      case POD_HOSTNAME -> pod.hostname();
      case POD_SERVICE_ACCOUNT -> pod.serviceAccount();
      case WORKLOAD_KIND -> pod.workload() == null ? null : pod.workload().kind();
      case WORKLOAD_NAME -> pod.workload() == null ? null : pod.workload().name();
      case NODE_NAME -> pod.node().name();
      case NODE_IP -> asNode ? node(pod.node().ip()) : text(pod.node().ip());
      case FORWARDED -> pod.ip() == null ? null : "for=" + node(pod.ip());
    };
  }

  /// A node identifier of RFC 7239, section 6: IPv6 in brackets, and so in quotes.
  private static @Nullable String node(@Nullable InetAddress address) {
    String text = text(address);
    return text == null || text.indexOf(':') < 0 ? text : "\"[" + text + "]\"";
  }

  /// IPv6 in the short form of RFC 5952, as every other writer of X-Forwarded-For has it.
  private static @Nullable String text(@Nullable InetAddress address) {
    return address == null ? null : io.netty.util.NetUtil.toAddressString(address);
  }
}
