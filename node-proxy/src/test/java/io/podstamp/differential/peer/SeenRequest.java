package io.podstamp.differential.peer;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// A request as a server's application sees it.
///
/// @param client the peer address of its connection
/// @param headers in the server's order, names as the server spells them
public record SeenRequest(InetAddress client, String method, String target, List<Header> headers) {
  /// One name and value; a server that joins lines of one name shows one value.
  public record Header(String name, String value) {}

  public SeenRequest {
    headers = List.copyOf(headers);
  }

  /// From `name, value, name, value…`.
  static List<Header> headers(Iterable<String> namesAndValues) {
    List<Header> headers = new ArrayList<>();
    for (var rest = namesAndValues.iterator(); rest.hasNext(); ) {
      headers.add(new Header(rest.next(), rest.next()));
    }
    return headers;
  }
}
