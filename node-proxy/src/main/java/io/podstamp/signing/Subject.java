package io.podstamp.signing;

import io.netty.util.NetUtil;
import io.podstamp.config.TokenSettings;
import io.podstamp.identity.PodRecord;
import io.podstamp.pod.PodIdentity;
import io.podstamp.pod.PodRef;
import io.podstamp.token.PodClaims;
import java.net.InetAddress;

/// Whether a Pod can be spoken for.
public sealed interface Subject {
  /// It can.
  record Known(PodIdentity pod, String serviceAccount) implements Subject {
    PodClaims claims(TokenSettings settings, String audience) {
      InetAddress ip = pod.ip();
      return new PodClaims(
          settings.issuer(),
          audience,
          pod.ref().namespace(),
          pod.ref().name(),
          pod.ref().uid(),
          serviceAccount,
          pod.node().name(),
          ip == null ? null : NetUtil.toAddressString(ip),
          pod.node().ips().stream().map(NetUtil::toAddressString).toList());
    }
  }

  /// It cannot.
  ///
  /// @param why in one clause
  record Unknown(String why) implements Subject {}

  /// What is so for a Pod.
  ///
  /// @param told the Pod as the runtime told of it
  /// @param pod what is known of it by now
  static Subject of(PodRef told, PodIdentity pod) {
    String serviceAccount = pod.serviceAccount();
    if (told.uid().isEmpty()) {
      return new Unknown(
          "the container runtime does not tell its UID, so that it may be another Pod of that name");
    }
    if (pod.annotations().containsKey(PodRecord.MIRROR)) {
      return new Unknown("it is a static Pod, which a Node can make in any Namespace");
    }
    if (serviceAccount == null || serviceAccount.isEmpty()) {
      return new Unknown(
          "its ServiceAccount is not known, since the API server has not told of it");
    }
    if (!told.uid().equals(pod.ref().uid())) {
      return new Unknown("the API server knows it by another UID than the container runtime");
    }
    return new Known(pod, serviceAccount);
  }
}
