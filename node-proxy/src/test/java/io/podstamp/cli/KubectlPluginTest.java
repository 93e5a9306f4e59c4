package io.podstamp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// `kubectl podstamp` with a kubectl that knows two Nodes: what it asks for, and how it ends.
/// `scripts/e2e-first-hour.sh` runs it on a cluster.
class KubectlPluginTest {
  private static final Path PLUGIN = Path.of("../kubectl/kubectl-podstamp").toAbsolutePath();

  /// Writes down each call; node-1 has two agents, as during an upgrade. An answer of an agent is
  /// its arguments, its exit status is in a file.
  private static final String KUBECTL =
      """
      #!/bin/sh
      for argument; do printf '[%s]' "$argument"; done >>"$FAKE/calls"
      echo >>"$FAKE/calls"
      [ ! -e "$FAKE/down" ] || { echo "The connection to the server was refused" >&2; exit 1; }
      case "$*" in
      *'exec '*)
        printf '%s' "$*" | sed 's/.*exec //'; echo
        exit "$(cat "$FAKE/status" 2>/dev/null || echo 0)" ;;
      *'config view'*) printf '%s' "$(cat "$FAKE/namespace" 2>/dev/null)" ;;
      *'get pod checkout '*) printf 'checkout node-2' ;;
      *'get pod pending '*) printf 'pending ' ;;
      *'get pod lonely '*) printf 'lonely node-3' ;;
      *'get pods'*'spec.nodeName=node-1'*) printf 'node-1 agent-a\\nnode-1 agent-b\\n' ;;
      *'get pods'*'spec.nodeName=node-2'*) printf 'node-2 agent-c\\n' ;;
      *'get pods'*spec.nodeName=*) ;;
      *'get pods -A'*) printf 'shop/checkout\\nshop/pending\\n' ;;
      *'get pods'*) printf 'node-2 agent-c\\nnode-1 agent-b\\nnode-1 agent-a\\n' ;;
      esac
      """;

  @TempDir private Path fake;

  private record Ended(int status, String out, String err) {}

  @BeforeEach
  void makeKubectl() throws IOException {
    Path kubectl = Files.writeString(fake.resolve("kubectl"), KUBECTL);
    assertThat(kubectl.toFile().setExecutable(true)).isTrue();
  }

  private Ended run(String... arguments) throws Exception {
    List<String> line = new ArrayList<>(List.of("/bin/sh", PLUGIN.toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectOutput(fake.resolve("out").toFile())
            .redirectError(fake.resolve("err").toFile());
    builder.environment().put("FAKE", fake.toString());
    builder.environment().put("PATH", fake + ":" + System.getenv("PATH"));
    builder.environment().remove("PODSTAMP_NAMESPACE");
    int status = builder.start().waitFor();
    return new Ended(
        status, Files.readString(fake.resolve("out")), Files.readString(fake.resolve("err")));
  }

  private String calls() throws IOException {
    return Files.readString(fake.resolve("calls"));
  }

  @ParameterizedTest
  @CsvSource({
    "explain shop/checkout",
    "explain checkout -n shop",
    "explain --namespace=shop checkout",
    "-n shop explain checkout"
  })
  void explain_asksTheAgentOfThePodsNode(String line) throws Exception {
    Ended ended = run(line.split(" "));

    assertThat(ended)
        .isEqualTo(new Ended(0, "agent-c -c agent -- podstamp explain shop/checkout\n", ""));
    assertThat(calls()).contains("[-n][shop][get][pod][checkout]").contains("[-n][podstamp][exec]");
  }

  @ParameterizedTest
  @CsvSource({"'',default", "shop,shop"})
  void explain_withoutANamespace_takesTheContexts(String current, String expected)
      throws Exception {
    Files.writeString(fake.resolve("namespace"), current);

    assertThat(run("explain", "checkout").out()).endsWith("explain " + expected + "/checkout\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4})
  void exitStatus_isTheAgents(int status) throws Exception {
    Files.writeString(fake.resolve("status"), String.valueOf(status));

    assertThat(run("explain", "shop/checkout").status()).isEqualTo(status);
    assertThat(run("doctor").status()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "explain shop/none, 4, there is no such Pod",
    "explain shop/pending, 3, it has no Node yet",
    "explain shop/lonely, 1, no agent runs on its Node node-3",
    "pods --node node-3, 1, no agent runs on the Node node-3",
    "explain, 2, 'explain: nothing (expected: a Pod'",
    "explain a/b/c, 2, 'explain: a/b/c (expected: NAMESPACE/POD'",
    "explian shop/x, 2, 'explian (expected: one of explain pods doctor'",
    "pods --watch, 2, '--watch: 2 Nodes (expected: --node NODE beside it'",
    "pods --node, 2, '--node: nothing (expected: a name'",
    "--context, 2, '--context: nothing (expected: a value'"
  })
  void mistake_isToldInOneSentence(String line, int status, String said) throws Exception {
    Ended ended = run(line.split(" "));

    assertThat(ended.status()).isEqualTo(status);
    assertThat(ended.err()).startsWith("kubectl podstamp: ").contains(said).hasLineCount(1);
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void serverAway_isToldByKubectl_andNothingIsAsked() throws Exception {
    Files.createFile(fake.resolve("down"));

    for (String line : List.of("explain shop/checkout", "pods", "doctor", "gateway-check u")) {
      Ended ended = run(line.split(" "));
      assertThat(ended.status()).as(line).isEqualTo(1);
      assertThat(ended.err()).as(line).contains("was refused").hasLineCount(1);
    }
    assertThat(calls()).doesNotContain("[exec]");
  }

  @Test
  void pods_asksOneAgentOfEachNode() throws Exception {
    assertThat(run("pods", "-n", "shop").out())
        .isEqualTo(
            """
            Node node-1:
            agent-a -c agent -- podstamp pods --namespace=shop
            Node node-2:
            agent-c -c agent -- podstamp pods --namespace=shop
            """);
    assertThat(run("pods", "--node", "node-2", "--watch").out())
        .isEqualTo("agent-c -c agent -- podstamp pods --watch\n");
  }

  @Test
  void json_hasNothingBesideTheAnswers() throws Exception {
    assertThat(run("pods", "-o", "json").out()).doesNotContain("Node ").hasLineCount(2);
  }

  @Test
  void gatewayCheck_isMadeByOneAgent() throws Exception {
    assertThat(run("gateway-check", "http://gw/ip", "--pod-ip", "10.0.0.1").out())
        .isEqualTo("agent-a -c agent -- podstamp gateway-check http://gw/ip --pod-ip 10.0.0.1\n");
  }

  /// Every call gets the options, and words with blanks, quotes and dollars stay whole.
  @Test
  void connection_isKubectlsOnEveryCall() throws Exception {
    run("--context", "it's $HOME", "explain", "shop/checkout", "--agents=mesh", "--admin=a b");

    assertThat(calls().lines())
        .isNotEmpty()
        .allSatisfy(call -> assertThat(call).startsWith("[--context=it's $HOME]"))
        .last()
        .asString()
        .contains("[-n][mesh][exec]")
        .endsWith("[explain][shop/checkout][--admin=a b]");
  }

  @Test
  void completion_offersWordsAndPods() throws Exception {
    assertThat(run("__complete", "").out()).startsWith("explain\npods\ndoctor\n").endsWith(":4\n");
    assertThat(run("__complete", "explain", "").out())
        .isEqualTo("shop/checkout\nshop/pending\n:4\n");
    assertThat(run("__complete", "pods", "-").out()).contains("--node\n");
  }

  /// The same words on a Node.
  @Test
  void words_areThoseOfTheCommandLine() throws Exception {
    List<String> offered =
        run("__complete", "").out().lines().filter(w -> !w.equals(":4")).toList();

    assertThat(new CommandLine(new Podstamp()).getSubcommands().keySet())
        .containsAll(offered.stream().filter(word -> !word.equals("help")).toList());
    assertThat(run("help").out()).contains(offered.subList(0, offered.size() - 1));
  }
}
