package io.podstamp.kubernetes;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.VersionInfo;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the API server whose a ServiceAccount token is (TokenReview). It knows what its signature
/// does not say: whether the Pod to which the token is bound is still there.
///
/// @param client stays the caller's
/// @param audience that a token has to be for
public record AccountTokens(KubernetesClient client, String audience) {
  private static final Logger log = LoggerFactory.getLogger(AccountTokens.class);

  /// `ServiceAccountTokenPodNodeInfo` is on from there.
  private static final int FIRST_MINOR = 30;

  private static final String POD_UID = "authentication.kubernetes.io/pod-uid";
  private static final String NODE = "authentication.kubernetes.io/node-name";

  /// Whose it is.
  ///
  /// @param user such as `system:serviceaccount:NAMESPACE:NAME`
  /// @param podUid of the Pod to which it is bound; empty if it is bound to none
  /// @param node on which that Pod is; empty before Kubernetes 1.30
  public record Holder(String user, String podUid, String node) {}

  /// Refuses an API server that is too old to tell the Node; one that does not answer may be new
  /// enough.
  ///
  /// @throws IOException with one sentence
  public static void requireNodes(KubernetesClient client) throws IOException {
    VersionInfo version = version(client);
    if (version == null) {
      return;
    }
    int minor = Integer.parseInt("0" + version.getMinor().replaceAll("[^0-9].*", ""));
    if (version.getMajor().equals("1") && minor < FIRST_MINOR) {
      throw new IOException(
          "Kubernetes %s.%s (expected: 1.30 or later, whose TokenReview tells on which Node a token's Pod is; until then identity.keyFile)"
              .formatted(version.getMajor(), version.getMinor()));
    }
  }

  private static @Nullable VersionInfo version(KubernetesClient client) {
    try {
      VersionInfo version = client.getKubernetesVersion();
      return version == null || version.getMajor() == null || version.getMinor() == null
          ? null
          : version;
    } catch (KubernetesClientException e) {
      log.warn("the API server does not tell its version yet: {}", e.getMessage());
      return null;
    }
  }

  /// Asks.
  ///
  /// @return null if it is no good token, or one for another audience
  /// @throws IOException when the API server does not say
  public @Nullable Holder review(String token) throws IOException {
    TokenReviewStatus status;
    try {
      TokenReview answer =
          client
              .tokenReviews()
              .create(
                  new TokenReviewBuilder()
                      .withNewSpec()
                      .withToken(token)
                      .withAudiences(audience)
                      .endSpec()
                      .build());
      status = answer.getStatus();
    } catch (KubernetesClientException e) {
      throw new IOException(
          e.getCode() == 403
              ? "the right to create tokenreviews is missing"
              : "the API server does not answer a TokenReview: " + e.getMessage(),
          e);
    }
    // An API server that knows nothing of audiences names none.
    if (status == null
        || !Boolean.TRUE.equals(status.getAuthenticated())
        || !orEmpty(status.getAudiences()).contains(audience)
        || status.getUser() == null) {
      return null;
    }
    return holder(status.getUser());
  }

  private static Holder holder(UserInfo user) {
    return new Holder(
        Objects.requireNonNullElse(user.getUsername(), ""), one(user, POD_UID), one(user, NODE));
  }

  /// The only value; none if there are several.
  private static String one(UserInfo user, String key) {
    Map<String, List<String>> extra = user.getExtra();
    List<String> values = extra == null ? List.of() : orEmpty(extra.get(key));
    return values.size() == 1 ? values.getFirst() : "";
  }

  private static List<String> orEmpty(@Nullable List<String> list) {
    return list == null ? List.of() : list;
  }
}
