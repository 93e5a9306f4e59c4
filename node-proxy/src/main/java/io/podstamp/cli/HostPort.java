package io.podstamp.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `HOST:PORT` on the command line; the host is an address, IPv6 in brackets.
final class HostPort implements ITypeConverter<InetSocketAddress> {
  @Override
  public InetSocketAddress convert(String text) {
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
      return new InetSocketAddress(
          host.equals("localhost") ? InetAddress.getLoopbackAddress() : InetAddress.ofLiteral(host),
          Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new TypeConversionException(
          "'" + text + "' (expected: ADDRESS:PORT, such as 127.0.0.1:15911)");
    }
  }
}
