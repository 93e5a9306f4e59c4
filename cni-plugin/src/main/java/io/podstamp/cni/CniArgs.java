package io.podstamp.cni;

import static io.podstamp.cni.CniErrorCode.INVALID_ENVIRONMENT;

import org.jspecify.annotations.Nullable;

/// The Pod that the runtime names in `CNI_ARGS`, such as
/// `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0`. Null where it did not say.
///
/// @param podUid absent with older runtimes
public record CniArgs(
    @Nullable String podNamespace, @Nullable String podName, @Nullable String podUid) {
  static final CniArgs NONE = new CniArgs(null, null, null);

  /// Reads the pairs by key, in any order; other keys, and text that is no pair, are not our
  /// business.
  ///
  /// @throws CniException code 4, for control characters and for two values of one key: the text
  ///   decides whose name a request carries
  public static CniArgs parse(String text) throws CniException {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        throw new CniException(
            INVALID_ENVIRONMENT, "CNI_ARGS: control character at index " + i + " (expected: none)");
      }
    }
    return new CniArgs(
        value(text, "K8S_POD_NAMESPACE="),
        value(text, "K8S_POD_NAME="),
        value(text, "K8S_POD_UID="));
  }

  /// Whether they are a Pod's. Containers of podman, nerdctl and cnitool have none of them.
  public boolean isPod() {
    return podNamespace != null && podName != null;
  }

  private static @Nullable String value(String text, String key) throws CniException {
    String found = null;
    for (int start = 0; start < text.length(); ) {
      int semicolon = text.indexOf(';', start);
      int end = semicolon < 0 ? text.length() : semicolon;
      if (text.startsWith(key, start) && start + key.length() < end) {
        String value = text.substring(start + key.length(), end);
        if (found != null && !found.equals(value)) {
          throw new CniException(
              INVALID_ENVIRONMENT, "CNI_ARGS: " + key + " has two values (expected: one)");
        }
        found = value;
      }
      start = end + 1;
    }
    return found;
  }
}
