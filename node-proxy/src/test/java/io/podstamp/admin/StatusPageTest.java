package io.podstamp.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.explain.Explanation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// The status page in a real browser. Each look of it is saved as a picture in
/// `target/status-page`.
@SuppressWarnings("NullAway.Init")
class StatusPageTest {
  private static final Path PICTURES = Path.of("target/status-page");
  private static final String MARKUP = "<img src=x onerror=\"document.title='broken'\">";

  private final List<Supplier<PodsPage.Row>> pods = new CopyOnWriteArrayList<>();
  private final AtomicLong requests = new AtomicLong(1_000);
  private volatile boolean chained = true;
  private volatile boolean ill;
  @TempDir private Path folder;
  private AdminServer server;
  private Browser browser;

  @BeforeEach
  void up() throws IOException {
    Files.createDirectories(PICTURES);
    server =
        AdminServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .byAddressOnly()
            .page("/", new StatusPage())
            .page("/pods", this::answerPods)
            .page("/process", this::answerProcess)
            .question("/explain", "pod", StatusPageTest::answerExplain)
            .start();
    browser = new Browser(folder);
  }

  @AfterEach
  void down() throws IOException {
    browser.close();
    server.close();
  }

  private AdminServer.Answer answerPods() {
    return ill
        ? AdminServer.Answer.text(500, "ill")
        : new PodsPage(() -> pods.stream().map(Supplier::get).toList()).answer();
  }

  private AdminServer.Answer answerProcess() {
    List<String> troubles =
        chained
            ? List.of()
            : List.of(
                "New Pods start without the podstamp CNI plugin; the agent finds them up to 30 s late:"
                    + " /etc/cni/net.d/05-cilium.conflist: another agent takes podstamp out again and again "
                    + MARKUP);
    return JsonPage.answer(
        Map.of("troubles", troubles, "agent", Map.of("node", "node-1", "now", Instant.now())));
  }

  private static AdminServer.Answer answerExplain(String pod) {
    return JsonPage.answer(
        new Explanation(
            pod, "captured", List.of(pod + " is captured.", MARKUP), List.of("command of " + pod)));
  }

  @ParameterizedTest
  @CsvSource({"1280, light", "1280, dark", "390, light", "390, dark"})
  void pods_areShownWithTheirRates_atAnyWidth(int width, String scheme) throws IOException {
    pods.addAll(
        List.of(
            pod(
                "checkout-6f9d5c7b8-x2x9q",
                "captured",
                "ENABLED by Namespace annotation",
                1L,
                List.of()),
            pod("payments-0", "failed", "nft: Operation not permitted", 0L, List.of()),
            pod("reports", "draining", "DISABLED by Namespace annotation", 0L, List.of()),
            pod(
                "legacy",
                "off",
                "DISABLED by config file or default",
                0L,
                List.of("Pod: podstamp.io/ports[0]: 'http' (expected: a port, 1 to 65535)"))));
    chained = false;

    browser
        .look(width, scheme)
        .open(url())
        .await("document.querySelectorAll('#pods tr').length === 4")
        .await("document.querySelectorAll('#pods svg path').length === 4");

    browser.screenshot(PICTURES.resolve(width + "-" + scheme + ".png"));
    assertThat(browser.value("document.getElementById('summary').textContent").asString())
        .isEqualTo("4 Pods, 1 captured, 2 in trouble");
    assertThat(browser.value("document.querySelectorAll('#pods tr')[2].innerText").asString())
        .contains("checkout-6f9d5c7b8-x2x9q", "captured", "90 %");
    assertThat(names())
        .containsExactly("payments-0", "legacy", "checkout-6f9d5c7b8-x2x9q", "reports");
    assertThat(
            browser.value("document.documentElement.scrollWidth <= window.innerWidth").asBoolean())
        .as("nothing is beyond the edge")
        .isTrue();
    assertThat(
            browser
                .value(
                    "Array.from(document.querySelectorAll('#pods td')).every(cell => cell.dataset.label)")
                .asBoolean())
        .isTrue();
  }

  /// Those in trouble come first, and a small screen has no more than it can show.
  @Test
  void manyPods_areFilteredAndSorted_andEachOpensWhatIsToldOfIt() throws IOException {
    for (int i = 0; i < 119; i++) {
      pods.add(
          pod(
              "web-%03d".formatted(i),
              "captured",
              "ENABLED by Namespace annotation",
              0L,
              List.of()));
    }
    pods.add(pod("z-last", "failed", "nft: Operation not permitted", 0L, List.of()));
    browser
        .look(390, "light")
        .open(url())
        .await("document.querySelectorAll('#pods tr').length === 25");
    browser.screenshot(PICTURES.resolve("390-many.png"));

    assertThat(names().getFirst()).isEqualTo("z-last");
    assertThat(browser.value("document.documentElement.scrollHeight").asInt()).isLessThan(2_500);
    browser.value("document.getElementById('more').click()");
    browser.await("document.querySelectorAll('#pods tr').length === 120");

    type("filter", "web-01");
    browser.await("document.querySelectorAll('#pods tr').length === 10");
    browser.value("document.querySelector('#pods button').click()");
    browser.await("document.querySelector('.told').innerText.includes('command of shop/web-010')");
    assertThat(browser.value("document.querySelectorAll('img').length").asInt()).isZero();
    browser.screenshot(PICTURES.resolve("390-opened.png"));

    browser.value("document.querySelector('#pods button').focus()");
    int before = browser.value("round").asInt();
    browser.await("round > " + (before + 1));
    assertThat(browser.value("document.activeElement.textContent").asString()).isEqualTo("web-010");
    type("filter", "");
    type("show", "ill");
    browser.await("document.querySelectorAll('#pods tr').length === 1");
  }

  private void type(String id, String text) throws IOException {
    browser.value(
        "(e => { e.value = '%s'; e.dispatchEvent(new Event('input')); })(document.getElementById('%s'))"
            .formatted(text, id));
  }

  private List<String> names() throws IOException {
    return browser
        .value("Array.from(document.querySelectorAll('#pods th button')).map(b => b.textContent)")
        .valueStream()
        .map(JsonNode::asString)
        .toList();
  }

  @Test
  void namesAndReasonsFromElsewhere_areTextAndNothingElse() throws IOException {
    pods.add(pod(MARKUP, "captured", MARKUP, 0L, List.of(MARKUP)));
    chained = false;

    browser
        .look(1280, "light")
        .open(url())
        .await("document.querySelectorAll('#pods tr').length === 1");

    assertThat(browser.value("document.querySelectorAll('img').length").asInt()).isZero();
    assertThat(browser.value("document.title").asString()).isEqualTo("podstamp on node-1");
    assertThat(browser.value("document.querySelector('#pods th').innerText").asString())
        .contains(MARKUP);
    assertThat(browser.value("document.getElementById('notices').innerText").asString())
        .contains(MARKUP);
  }

  @Test
  void noPods_andAnAgentThatDoesNotAnswer_areSaid() throws IOException {
    browser
        .look(360, "light")
        .open(url())
        .await("!document.getElementById('empty').hidden")
        .await("document.getElementById('table').hidden");
    browser.screenshot(PICTURES.resolve("360-empty.png"));

    ill = true;
    browser.await("!document.getElementById('trouble').hidden");
    assertThat(browser.value("document.getElementById('trouble').textContent").asString())
        .startsWith("The agent does not answer (/pods answered 500).");
    browser.screenshot(PICTURES.resolve("360-trouble.png"));

    ill = false;
    browser.await("document.getElementById('trouble').hidden");
  }

  private String url() {
    return "http://127.0.0.1:" + server.address().getPort() + "/";
  }

  private Supplier<PodsPage.Row> pod(
      String name, String state, String reason, long unstamped, List<String> problems) {
    return () ->
        new PodsPage.Row(
            "shop",
            name,
            "u-" + name,
            "c-" + name,
            state,
            reason,
            Instant.now().toString(),
            0,
            "",
            null,
            "transparent",
            List.of(80, 8080),
            problems,
            15901,
            3,
            "",
            new PodsPage.Counts(
                10,
                requests.addAndGet(ThreadLocalRandom.current().nextLong(90)),
                0,
                unstamped,
                unstamped == 0 ? Map.of() : Map.of("tls", unstamped),
                0,
                0,
                Map.of(),
                null,
                0L,
                null),
            List.of(),
            state.equals("failed")
                ? List.of("not captured, though it is to be")
                : problems.isEmpty() ? List.of() : List.of("one unreadable annotation"));
  }
}
