#!/usr/bin/env bash
# Netty 4.2.18, HAProxyMessageDecoder: a TLV without a value is told when another one follows it, and not when it is the last.
#
# Guess:     `pp2_tlv` has a length of 0 to 65535 (proxy-protocol.txt, section 2.2), so a TLV of three bytes is one wherever it stands.
# Behaviour: the decoder reads TLVs while at least four bytes are left; three are passed over. No error, one TLV fewer.
# Seen:      0xe2 empty, then 0xe1: [e2= e1=a]; 0xe1, then 0xe2 empty: [e1=a]
#
# Needs a JDK of 17 or later as `java` (or JAVA_HOME), mvn, and a package index; changes nothing outside a temporary folder and Maven's own
# repository. Exit status 1 when the behaviour is another one.
set -euo pipefail
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>io.netty</groupId><artifactId>netty-codec-haproxy</artifactId><version>4.2.18.Final</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B -f "$folder/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$folder/jars" > "$folder/log" 2>&1 ||
  { cat "$folder/log"; exit 2; }
cat > "$folder/Look.java" <<'JAVA'
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.util.HexFormat;
import java.util.stream.Collectors;

class Look {
  /// Version 2, PROXY, TCP over IPv4, two addresses and two ports of zeros; then the TLVs.
  static String told(String tlvs) {
    String header = "0d0a0d0a000d0a515549540a" + "2111" + "%04x".formatted(12 + tlvs.length() / 2) + "00".repeat(12);
    EmbeddedChannel channel = new EmbeddedChannel(new HAProxyMessageDecoder());
    channel.writeInbound(Unpooled.wrappedBuffer(HexFormat.of().parseHex(header + tlvs)));
    HAProxyMessage message = channel.readInbound();
    return message.tlvs().stream()
        .map(tlv -> "%02x=".formatted(tlv.typeByteValue()) + tlv.content().toString(java.nio.charset.StandardCharsets.US_ASCII))
        .collect(Collectors.joining(" ", "[", "]"));
  }

  public static void main(String[] arguments) {
    System.out.println(told("e20000" + "e1000161"));
    System.out.println(told("e1000161" + "e20000"));
  }
}
JAVA
seen=$("$java" -cp "$folder/jars/*" "$folder/Look.java" 2> "$folder/log") || { cat "$folder/log"; exit 2; }
echo "$seen"
[ "$seen" = "[e2= e1=a]
[e1=a]" ] || { echo "the behaviour has changed"; exit 1; }
