package io.podstamp.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.config.Cidr;
import io.podstamp.config.Destinations;
import io.podstamp.nftables.Element;
import io.podstamp.nftables.NftSet;
import io.podstamp.pod.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The table "Never captured" of docs/what-applications-see.md, and the rules of every Pod.
class NeverCapturedTest {
  private static final Pattern ROW =
      Pattern.compile("\\| `([0-9a-f:./]+)` \\| [^|]+ \\| ([^|]+) \\|");

  static List<String> documented() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("../docs/what-applications-see.md"))) {
      return lines
          .dropWhile(line -> !line.equals("## Never captured"))
          .map(ROW::matcher)
          .filter(row -> row.matches() && !row.group(2).isBlank())
          .map(row -> row.group(1))
          .toList();
    }
  }

  /// Also when the configuration asks for it by name.
  @ParameterizedTest
  @MethodSource("documented")
  void addressOfTheTable_isExcludedInEveryPod(String address) {
    Cidr block = Cidr.parse(address);
    Destinations wanted =
        new Destinations(Destinations.Scope.ALL, List.of(), List.of(block), List.of());
    String set = block.isIpv4() ? "excluded4" : "excluded6";
    assertThat(elements(wanted, set)).contains(Element.block(block.address(), block.prefix()));
  }

  private static List<Element> elements(Destinations destinations, String set) {
    return new RedirectRules(
            new TreeSet<>(Set.of(80)), 15901, Set.of(Family.values()), destinations, true, null)
        .table(Tenant.AGENT, Duration.ofSeconds(15)).sets().stream()
            .filter(each -> each.name().equals(set))
            .map(NftSet::elements)
            .findAny()
            .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.42.42",
        "fe80::a9fe:a9fe",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "fd00:a9fe:a9fe::1",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192"
      })
  void serviceOfACloud_isNeverCaptured(String address) {
    assertThat(Destinations.ALWAYS_EXCLUDED)
        .anyMatch(block -> block.contains(Cidr.parse(address).address()));
  }

  @Test
  void table_namesAllThatIsExcluded_andNothingElse() throws IOException {
    assertThat(documented().stream().map(Cidr::parse))
        .containsExactlyInAnyOrderElementsOf(Destinations.ALWAYS_EXCLUDED);
  }
}
