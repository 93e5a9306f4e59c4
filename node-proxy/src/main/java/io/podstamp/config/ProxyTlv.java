package io.podstamp.config;

import java.util.List;

/// One TLV that a header of the PROXY protocol is to have.
public sealed interface ProxyTlv {
  /// A text about the Pod; left out while a placeholder of it is not known.
  ///
  /// @param type 0xE0 to 0xEF, or 0x02 (authority)
  record Text(int type, ValueTemplate value) implements ProxyTlv {
    Text(int type, String template) {
      this(type, ValueTemplate.parse(template));
    }
  }

  /// What each connection makes anew.
  enum Made implements ProxyTlv {
    /// The id that the connection log has too.
    UNIQUE_ID,
    /// A checksum of the header.
    CRC32C
  }

  /// `PP2_TYPE_AUTHORITY`
  int AUTHORITY = 0x02;

  /// The first of the types that applications may agree on, and the last.
  int LEAST_CUSTOM = 0xE0;

  int MOST_CUSTOM = 0xEF;

  /// For receivers that tell any TLV. 0xE0, 0xEA and 0xEE are used by clouds; 0xE4 is kept for a
  /// signed token.
  List<ProxyTlv> NAMED =
      List.of(
          new Text(0xE1, "{pod.namespace}/{pod.name}"),
          Made.UNIQUE_ID,
          new Text(0xE2, "{pod.serviceAccount}"),
          new Text(0xE3, "{node.name}"));

  List<ProxyTlv> AUTHORITY_ALONE = List.of(new Text(AUTHORITY, "{pod.name}.{pod.namespace}"));

  List<ProxyTlv> UNIQUE_AND_AUTHORITY =
      List.of(new Text(AUTHORITY, "{pod.name}.{pod.namespace}"), Made.UNIQUE_ID);
}
