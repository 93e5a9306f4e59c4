package io.podstamp.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Names that an API server or a cloud's token service takes for its own. A token with one of them
/// as its audience could be exchanged there for rights; one as its issuer could pass for a
/// cluster's own.
final class ForeignAudiences {
  private static final List<Pattern> KNOWN =
      List.of(
          // `--api-audiences` of API servers: the default, kubeadm, k3s and RKE2, EKS, GKE, AKS
          pattern("(https?://)?kubernetes(\\.default.*)?/?"),
          pattern("k3s|rke2|api"),
          pattern("https?://oidc\\.eks\\..*"),
          pattern("https?://container\\.googleapis\\.com/.*"),
          pattern("https?://.*\\.azmk8s\\.io.*"),
          pattern("https?://.*\\.oic\\..*azure\\..*"),
          // AWS: STS, EKS Pod Identity
          pattern("(https?://)?(sts|pods\\.eks)(\\..*)?\\.amazonaws\\.com(\\.cn)?/?"),
          // Azure workload identity, in each of its clouds
          pattern("api://azureadtokenexchange.*"),
          // Google workload identity
          pattern("(https?:)?//iam\\.googleapis\\.com/.*"),
          pattern("(https?://)?sts\\.googleapis\\.com.*"),
          pattern(".*\\.(svc|hub)\\.id\\.goog"),
          // Alibaba Cloud RRSA
          pattern("(https?://)?sts\\..*aliyuncs\\.com/?"));

  private ForeignAudiences() {}

  private static Pattern pattern(String regex) {
    return Pattern.compile(regex);
  }

  static boolean has(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return KNOWN.stream().anyMatch(known -> known.matcher(lower).matches());
  }
}
