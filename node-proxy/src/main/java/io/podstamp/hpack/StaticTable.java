package io.podstamp.hpack;

import java.nio.charset.StandardCharsets;

/// The fields that every table begins with (RFC 7541, appendix A).
public final class StaticTable {
  private static final String FIELDS =
      """
      :authority
      :method GET
      :method POST
      :path /
      :path /index.html
      :scheme http
      :scheme https
      :status 200
      :status 204
      :status 206
      :status 304
      :status 400
      :status 404
      :status 500
      accept-charset
      accept-encoding gzip, deflate
      accept-language
      accept-ranges
      accept
      access-control-allow-origin
      age
      allow
      authorization
      cache-control
      content-disposition
      content-encoding
      content-language
      content-length
      content-location
      content-range
      content-type
      cookie
      date
      etag
      expect
      expires
      from
      host
      if-match
      if-modified-since
      if-none-match
      if-range
      if-unmodified-since
      last-modified
      link
      location
      max-forwards
      proxy-authenticate
      proxy-authorization
      range
      referer
      refresh
      retry-after
      server
      set-cookie
      strict-transport-security
      transfer-encoding
      user-agent
      vary
      via
      www-authenticate
      """;

  private static final TableEntry[] ENTRIES =
      FIELDS.lines().map(StaticTable::entry).toArray(TableEntry[]::new);

  /// The last index; the dynamic table's follow.
  public static final int LENGTH = ENTRIES.length;

  private StaticTable() {}

  private static TableEntry entry(String field) {
    String[] parts = field.split(" ", 2);
    return new TableEntry(ascii(parts[0]), ascii(parts.length > 1 ? parts[1] : ""), true);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// The entry at an index, from 1.
  static TableEntry get(int index) {
    return ENTRIES[index - 1];
  }
}
