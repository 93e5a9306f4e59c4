package io.podstamp.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/// The versions of the CNI specification that podstamp speaks, oldest first: those that can chain
/// plugins.
public enum CniVersion {
  V0_3_0("0.3.0"),
  V0_3_1("0.3.1"),
  V0_4_0("0.4.0"),
  V1_0_0("1.0.0"),
  V1_1_0("1.1.0");

  /// Spoken where the request does not say a version that we know.
  public static final CniVersion NEWEST = V1_1_0;

  /// As a list in a message.
  public static final String EXPECTED = "0.3.0, 0.3.1, 0.4.0, 1.0.0 or 1.1.0";

  private final String text;

  CniVersion(String text) {
    this.text = text;
  }

  /// The version with exactly this text, or null: the specification knows no ranges.
  public static @Nullable CniVersion of(String text) {
    for (CniVersion version : values()) {
      if (version.text.equals(text)) {
        return version;
      }
    }
    return null;
  }

  /// The answer to VERSION. It is the same whatever is asked, as that of the reference plugins.
  public static byte[] answer() {
    StringBuilder json = new StringBuilder("{\"cniVersion\":\"").append(NEWEST);
    json.append("\",\"supportedVersions\":[");
    for (CniVersion version : values()) {
      json.append(version == V0_3_0 ? "\"" : ",\"").append(version).append('"');
    }
    return json.append("]}").toString().getBytes(UTF_8);
  }

  @Override
  public String toString() {
    return text;
  }
}
