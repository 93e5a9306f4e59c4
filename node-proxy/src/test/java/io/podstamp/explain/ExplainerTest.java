package io.podstamp.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.podstamp.capture.PodState;
import io.podstamp.capture.PodStatus;
import io.podstamp.config.Annotations;
import io.podstamp.config.Config;
import io.podstamp.config.ConfigFile;
import io.podstamp.config.PodPolicy;
import io.podstamp.config.Profile;
import io.podstamp.identity.PodLocator.Place;
import io.podstamp.identity.PodRecord;
import io.podstamp.metrics.PodMeter;
import io.podstamp.metrics.Reason;
import io.podstamp.metrics.Refusals;
import io.podstamp.netns.BlindSpot;
import io.podstamp.netns.Hold;
import io.podstamp.netns.SynQueueRule;
import io.podstamp.pod.Attachment;
import io.podstamp.pod.PodIdentity.Workload;
import io.podstamp.pod.PodRef;
import io.podstamp.signing.PodTokens;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExplainerTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final PodRef WEB = new PodRef("shop", "web-0", "u1");
  private static final Map<String, String> ON = Map.of("podstamp.io/enabled", "true");
  private static final Map<String, String> NONE = Map.of();
  private static final AgentFacts WELL =
      new AgentFacts("n1", NOW, null, null, null, Duration.ofSeconds(4), false, null);

  @Test
  void captured_endsWithNothingToDo() {
    PodMeter.Counts seen =
        new PodMeter.Counts(
            7, 120, Map.of(Reason.TLS, 2L), Refusals.NONE, 0, 0, Map.of(), 0, PodMeter.Tokens.NONE);

    assertThat(text(attached(PodState.CAPTURED, ON, NONE, NOW.plusSeconds(12), seen), WELL))
        .isEqualTo(
            """
            shop/web-0 is captured: its HTTP requests to port 80 are stamped.
            The annotation of its Namespace says podstamp.io/enabled=true.
            Found in its namespace at 2026-01-01T11:59:50Z: listener at port 15901, rules, and a lease until 2026-01-01T12:00:12Z.
            Its SYNs are held until their destination has answered: connect() tells the truth.
            So far 7 connections, 3 of them open; 120 requests stamped; 2 connections passed unstamped (tls 2).
            Nothing to do.""");
  }

  @Test
  void receivers_areToldWithWhatIsInTheirHeaders() {
    Config config =
        ConfigFile.parse(
            "c",
            "proxyProtocol: [{destinations: [192.0.2.0/24], ports: [443, 8443], receiver: apache,"
                + " onMissing: hold}, {destinations: ['2001:db8::1'], ports: [25], mode: pass}]");
    PodStatus status =
        attached(
            config,
            PodState.CAPTURED,
            ON,
            Map.of("podstamp.io/proxy-protocol", "198.51.100.7:25"),
            NOW.plusSeconds(12),
            new PodMeter.Counts(
                7, 0, Map.of(), Refusals.NONE, 0, 0, Map.of(), 6, PodMeter.Tokens.NONE),
            Hold.NONE,
            List.of(
                new PodStatus.ProxyTlvs(List.of(), List.of(), List.of()),
                new PodStatus.ProxyTlvs(
                    List.of("0xE1", "uniqueId"), List.of("0xE3"), List.of("0xE2"))));
    assertThat(text(status, WELL))
        .contains(
            """
            Connections to 192.0.2.0/24 port 443, 8443 begin with a header of the PROXY protocol.
            While they cannot they wait (onMissing hold).
            The header has the Pod's address.
            Connections to 2001:db8:0:0:0:0:0:1/128 port 25 begin with a header of the PROXY protocol, unless it sends one itself.
            The header has the Pod's address, 0xE1, uniqueId; 0xE3 too long for receiver generic, which takes 79 bytes; 0xE2 not known.
            Connections to 198.51.100.7/32 port 25 begin with a header of the PROXY protocol, by Pod annotation, unless it sends one itself.
            So far 6 headers of the PROXY protocol sent.
            """,
            "if 0xE3 matters, put it first in tlvs of proxyProtocol");
  }

  @Test
  void tokens_areToldWithTheirEnd_andSinceWhenTheyAreMissing() {
    Config config =
        ConfigFile.parse(
            "c",
            "identity: {issuer: me, keyFile: /k.pem, rules: [{destinations: [192.0.2.10], ports: [80,"
                + " 8080], audience: orders}]}");
    PodMeter.Counts counts =
        new PodMeter.Counts(
            7,
            30,
            Map.of(),
            Refusals.NONE,
            0,
            0,
            Map.of("X-Client-Identity", 2L),
            0,
            new PodMeter.Tokens(20, 3));
    PodStatus some =
        attached(
            config, PodState.CAPTURED, ON, NONE, NOW.plusSeconds(12), counts, Hold.NONE, List.of());
    String failed = "/k.pem: no such file (expected: PEM with a private key)";
    assertThat(
            text(
                withTokens(
                    some,
                    new PodTokens.Status("billing", null, NOW.minusSeconds(60), failed),
                    new PodTokens.Status("orders", NOW.plusSeconds(90), null, null),
                    new PodTokens.Status("reports", NOW.plusSeconds(20), null, failed),
                    new PodTokens.Status("stock", null, NOW.minusSeconds(1), null)),
                WELL))
        .contains(
            """
            Requests to 192.0.2.10/32 port 80, 8080 carry X-Client-Identity, a token for orders.
            But its connections to port 8080 are not captured, so that they carry none there.
            There has been no token for billing since 2026-01-01T11:59:00Z: /k.pem: no such file (expected: PEM with a private key).
            The token for orders is good until 2026-01-01T12:01:30Z, and is renewed before.
            The token for reports is good until 2026-01-01T12:00:20Z, and cannot be renewed: /k.pem: no such file (expected: PEM with a private key).
            There has been no token for stock since 2026-01-01T11:59:59Z: it is being signed.
            So far 20 requests with a token, 3 without.
            """,
            "It sends X-Client-Identity itself, in 2 requests; what it sends is removed (mode set).",
            "put identity.keyFile right; it is read every second");
    assertThat(
            Troubles.of(withTokens(some, new PodTokens.Status("billing", null, NOW, failed)), NOW))
        .containsExactly("no token for billing");
  }

  @Test
  void signerThatDoesNotSign_isToldWithWhatToDo() {
    Config config =
        ConfigFile.parse(
            "c",
            "identity: {issuer: me, signer: {url: https://podstamp-signer.podstamp.svc}, rules:"
                + " [{destinations: [192.0.2.10], ports: [80], audience: orders}]}");
    PodStatus some =
        attached(
            config,
            PodState.CAPTURED,
            ON,
            NONE,
            NOW.plusSeconds(12),
            PodMeter.Counts.NONE,
            Hold.NONE,
            List.of());
    assertThat(
            text(
                withTokens(
                    some,
                    new PodTokens.Status(
                        "orders",
                        null,
                        NOW.minusSeconds(60),
                        "signer podstamp-signer.podstamp.svc: no answer: Connection refused")),
                WELL))
        .contains(
            "There has been no token for orders since 2026-01-01T11:59:00Z: signer"
                + " podstamp-signer.podstamp.svc: no answer: Connection refused.",
            "look at the signer behind podstamp-signer.podstamp.svc: kubectl -n podstamp get pods");
    assertThat(
            text(
                withTokens(
                    some,
                    new PodTokens.Status(
                        "orders",
                        NOW.plusSeconds(60),
                        null,
                        "/etc/podstamp-signer/ca.crt: no such file (expected: what the overlay"
                            + " signer mounts there)")),
                WELL))
        .contains("mount token and ca.crt at /etc/podstamp-signer, as the overlay signer does");
  }

  private static PodStatus withTokens(PodStatus some, PodTokens.Status... tokens) {
    return new PodStatus(
        some.attachment(),
        some.policy(),
        some.state(),
        some.reason(),
        some.restraint(),
        some.verified(),
        some.busy(),
        some.repairs(),
        some.notRemembered(),
        some.hold(),
        some.leaseEnds(),
        some.port(),
        some.connections(),
        some.proof(),
        some.counts(),
        some.blindSpots(),
        some.shadow(),
        some.proxyTlvs(),
        List.of(tokens));
  }

  @Test
  void headersThatThePodSends_areTold_withTheCommandForAProxy() {
    Map<String, Long> sent = Map.of("X-Forwarded-For", 9L, "X-Client-Hostname", 1L, "X-Odd", 2L);
    PodMeter.Counts seen =
        new PodMeter.Counts(7, 120, Map.of(), Refusals.NONE, 0, 0, sent, 0, PodMeter.Tokens.NONE);

    assertThat(text(attached(PodState.CAPTURED, ON, NONE, NOW.plusSeconds(12), seen), WELL))
        .endsWith(
            """
            It sends X-Client-Hostname itself, in one request; what it sends is removed (mode set).
            It sends X-Forwarded-For itself, in 9 requests; what it sends is removed (mode set).
            It sends X-Odd itself, in 2 requests; what it sends is removed (mode remove).
            To change that: if it is a proxy whose callers' addresses are missed, in its template and here: kubectl -n shop annotate pod web-0 --overwrite 'podstamp.io/headers=[{"name":"X-Forwarded-For","value":"{pod.ip}","mode":"append"},{"name":"X-Client-Hostname","value":"{pod.hostname}","mode":"set"}]'""");

    Map<String, String> append =
        Map.of(
            "podstamp.io/headers",
            "[{\"name\":\"X-Forwarded-For\",\"value\":\"{pod.labels['ip']}\",\"mode\":\"append\"},"
                + "{\"name\":\"X-Odd\",\"value\":\"1\",\"mode\":\"if-absent\"}]");
    assertThat(text(attached(PodState.CAPTURED, append, NONE, NOW.plusSeconds(12), seen), WELL))
        .contains(
            "It sends X-Forwarded-For itself, in 9 requests; the Pod's value goes behind it (mode append).",
            "It sends X-Odd itself, in 2 requests; what it sends is kept (mode if-absent).");
  }

  @Test
  void refusedRequests_areToldWithReasonAndRemedy() {
    Refusals refusals =
        new Refusals(
            Map.of(Reason.ODD_HEAD, 90L, Reason.ODD_START, 4L),
            0,
            94,
            new Refusals.Last(NOW, "192.0.2.1:80", "odd_head"));
    PodMeter.Counts seen =
        new PodMeter.Counts(94, 0, Map.of(), refusals, 0, 0, Map.of(), 0, PodMeter.Tokens.NONE);
    Map<String, String> strict = Map.of("podstamp.io/profile", "strict");

    assertThat(text(attached(PodState.CAPTURED, ON, strict, NOW.plusSeconds(12), seen), WELL))
        .endsWith(
            """
            So far 94 connections, 3 of them open; 0 requests stamped, 94 refused.
            Refused were odd_start 4 (servers do not agree on how to read its first line), odd_head 90 (servers do not agree on how to read its head).
            The last one was at 2026-01-01T12:00:00Z to 192.0.2.1:80: odd_head.
            To change that: let it send what docs/http.md calls certain, or let the rest pass unstamped, in its template and here: kubectl -n shop annotate pod web-0 --overwrite podstamp.io/profile=transparent""");
  }

  @Test
  void refusals_ofATransparentPod_haveRemediesOfTheirOwn() {
    Refusals refusals =
        new Refusals(Map.of(Reason.HEAD_TOO_LARGE, 1L, Reason.ODD_HEAD, 1L), 2, 4, null);
    PodMeter.Counts seen =
        new PodMeter.Counts(9, 5, Map.of(), refusals, 0, 0, Map.of(), 0, PodMeter.Tokens.NONE);

    assertThat(text(attached(PodState.CAPTURED, ON, NONE, NOW.plusSeconds(12), seen), WELL))
        .contains(
            "5 requests stamped, 2 refused.",
            "It had 2 connections reset that were to carry a name of the stamp's where podstamp could not replace it.",
            "To change that: raise limits.headerBlockKibibytes in the config file.",
            "To change that: let it send what docs/http.md calls certain.",
            "To change that: let it leave out the names X-Forwarded-For, X-Client-Hostname.")
        .doesNotContain("profile=transparent");
  }

  @Test
  void synsNotHeld_isSaidWithItsReason() {
    assertThat(text(attached(PodState.CAPTURED, ON, NONE, new Hold(null, "no queue")), WELL))
        .contains(
            """
            connect() succeeds before the destination was dialled, since SYNs cannot be held here: no queue.
            """,
            "`podstamp doctor` on the Node tells what its kernel lacks");
    Map<String, String> early = Map.of("podstamp.io/connect", "early");
    assertThat(text(attached(PodState.CAPTURED, ON, early, Hold.NONE), WELL))
        .contains(
            "connect() succeeds before the destination was dialled: connect early by Pod annotation.");
  }

  @Test
  void waysPastTheRules_areToldWithWhatToDo() {
    BlindSpot bridge = new BlindSpot(BlindSpot.Kind.FORWARDED, "docker0");
    BlindSpot own = new BlindSpot(BlindSpot.Kind.TRANSLATED, "table ip nat, chain OUTPUT");
    assertThat(text(past(PodState.PARTIAL, NONE, List.of(bridge, own)), WELL))
        .startsWith(
            """
            shop/web-0 is captured in part: what its own sockets send to port 80 is stamped.
            The annotation of its Namespace says podstamp.io/enabled=true.
            But it forwards for containers or guests of its own (docker0), and their requests pass unstamped; rules of its own translate destinations first (table ip nat, chain OUTPUT): connections that they take pass unstamped.
            """)
        .contains("To change that: give the inner containers the Pod's own network")
        .contains("take these rules out of the Pod");

    BlindSpot kata = new BlindSpot(BlindSpot.Kind.GUEST_BY_TRAFFIC_CONTROL, "tap0_kata");
    Map<String, String> strict = Map.of("podstamp.io/profile", "strict");
    PodStatus guest = past(PodState.FAILED, strict, List.of(kata));
    assertThat(Explainer.of(facts(guest, true, null, inKata(), null, WELL)).text())
        .isEqualTo(
            """
            shop/web-0 is to be captured and is not: what it sends passes unstamped, and cannot be refused from here though its profile is strict.
            The annotation of its Namespace says podstamp.io/enabled=true.
            Found at 2026-01-01T11:59:50Z: traffic control hands its packets to a virtual machine (tap0_kata), as Kata Containers does, and no rule sees them.
            Its runtimeClassName is kata-qemu.
            To change that: run it without a virtual machine or a network stack of its own (another runtimeClassName), run podstamp's sidecar inside, or annotate it podstamp.io/enabled=false.""");
  }

  @Test
  void cilium_isToldWhereNothingWasCapturedYet() {
    AgentFacts cilium =
        new AgentFacts("n1", NOW, null, null, null, Duration.ofSeconds(4), true, null);
    assertThat(text(attached(PodState.CAPTURED, ON, NONE), cilium))
        .contains("the ports of the Pods behind it count, not the Service's.")
        .contains("socketLB.hostNamespaceOnly=true");
    PodMeter.Counts seen =
        new PodMeter.Counts(
            7, 120, Map.of(), Refusals.NONE, 0, 0, Map.of(), 0, PodMeter.Tokens.NONE);
    assertThat(text(attached(PodState.CAPTURED, ON, NONE, null, seen), cilium))
        .doesNotContain("Cilium");
  }

  private static PodRecord inKata() {
    return new PodRecord(
        WEB,
        List.of(),
        "web-0",
        null,
        Map.of(),
        Map.of(),
        new Workload("Pod", "web-0"),
        null,
        false,
        false,
        PodRecord.Life.LIVE,
        Instant.MIN,
        "kata-qemu",
        Set.of(),
        List.of());
  }

  /// As the Pod's owner puts it together.
  private static PodStatus past(PodState state, Map<String, String> pod, List<BlindSpot> spots) {
    PodStatus some = attached(state, ON, pod);
    return new PodStatus(
        some.attachment(),
        some.policy(),
        state,
        BlindSpot.told(spots, pod.containsValue("strict")),
        "",
        some.verified(),
        some.busy(),
        some.repairs(),
        "",
        some.hold(),
        null,
        15901,
        3,
        "",
        some.counts(),
        spots,
        List.of(),
        List.of(),
        List.of());
  }

  @Test
  void optOutOfThePod_isSaidToOverruleItsNamespace() {
    assertThat(text(attached(PodState.OFF, ON, Map.of("podstamp.io/enabled", "false")), WELL))
        .isEqualTo(
            """
            shop/web-0 is not captured.
            Its own annotation says podstamp.io/enabled=false, which overrules podstamp.io/enabled=true of its Namespace.
            To change that: in its template and here: kubectl -n shop annotate pod web-0 podstamp.io/enabled-""");
  }

  @Test
  void labels_areTold_withTheCommandThatChangesThem() {
    Map<String, String> on = Annotations.withLabels(Map.of(), ON);
    Map<String, String> off =
        Annotations.withLabels(Map.of(), Map.of("podstamp.io/enabled", "false"));
    assertThat(text(attached(PodState.CAPTURED, on, NONE), WELL))
        .contains("The label of its Namespace says podstamp.io/enabled=true.");
    assertThat(text(attached(PodState.OFF, off, NONE), WELL))
        .endsWith(
            "To change that: kubectl label namespace shop podstamp.io/enabled=true --overwrite");
    assertThat(text(attached(PodState.OFF, on, off), WELL))
        .isEqualTo(
            """
            shop/web-0 is not captured.
            Its own label says podstamp.io/enabled=false, which overrules podstamp.io/enabled=true of its Namespace's label.
            To change that: in its template and here: kubectl -n shop label pod web-0 podstamp.io/enabled-""");
    assertThat(
            text(
                attached(
                    PodState.OFF,
                    ON,
                    Annotations.withLabels(Map.of("podstamp.io/enabled", "false"), ON)),
                WELL))
        .contains(
            "Its own annotation says podstamp.io/enabled=false, which overrules podstamp.io/enabled=true of its own label.");
  }

  @Test
  void labelThatIsNotRead_isToldWithTheCorrection() {
    Map<String, String> ports = Annotations.withLabels(ON, Map.of("podstamp.io/ports", "8080"));
    assertThat(text(attached(PodState.CAPTURED, ports, NONE), WELL))
        .contains(
            "A label is not in force: Namespace: label podstamp.io/ports: not read (expected: an annotation; only podstamp.io/enabled may be a label).",
            "To change that: correct the label podstamp.io/ports of the Namespace.");
    Map<String, String> yes =
        Annotations.withLabels(Map.of(), Map.of("podstamp.io/enabled", "yes"));
    assertThat(text(attached(PodState.OFF, yes, NONE), WELL))
        .contains("what the label podstamp.io/enabled says cannot be read")
        .endsWith(
            "To change that: kubectl label namespace shop podstamp.io/enabled=true --overwrite");
  }

  @Test
  void mesh_isNamed() {
    assertThat(text(attached(PodState.OFF, ON, Map.of("sidecar.istio.io/status", "{}")), WELL))
        .contains(
            "It belongs to another mesh: annotation sidecar.istio.io/status, which redirects its traffic"
                + " already; podstamp stays out of such Pods, though the annotation of its Namespace says"
                + " podstamp.io/enabled=true.",
            "To change that: if the two get along, in its template and here: kubectl -n shop annotate pod web-0 podstamp.io/enabled=true");
  }

  @Test
  void brokenAnnotation_isToldWithItsName() {
    assertThat(text(attached(PodState.CAPTURED, ON, Map.of("podstamp.io/ports", "http")), WELL))
        .contains(
            "An annotation is not in force: Pod: podstamp.io/ports[0]: 'http' (expected: a port, 1 to 65535).",
            "To change that: correct the annotation podstamp.io/ports of the Pod.");
  }

  /// One remedy, which works when it is pasted.
  @Test
  void switchThatCannotBeRead_isNotTakenForNone() {
    Map<String, String> yes = Map.of("podstamp.io/enabled", "yes");
    assertThat(text(attached(PodState.OFF, yes, NONE), WELL))
        .isEqualTo(
            """
            shop/web-0 is not captured.
            Nobody switched it on: what the annotation podstamp.io/enabled says cannot be read, and counts as nothing.
            An annotation is not in force: Namespace: podstamp.io/enabled: 'yes' (expected: true, false or shadow).
            To change that: kubectl annotate namespace shop podstamp.io/enabled=true --overwrite""");
    assertThat(text(attached(PodState.OFF, NONE, yes), WELL))
        .endsWith(
            "To change that: in its template and here: kubectl -n shop annotate pod web-0 podstamp.io/enabled=true --overwrite");
  }

  @Test
  void failed_givesTheReason() {
    assertThat(text(attached(PodState.FAILED, ON, NONE), WELL))
        .contains("is to be captured and is not; its traffic goes direct.")
        .contains("It failed at 2026-01-01T11:59:50Z: the reason.")
        .contains("To change that: `podstamp doctor` on the Node");
  }

  @Test
  void leaseRunOut_whileAnEventLoopHangs_isPutDownToIt() {
    AgentFacts hung =
        new AgentFacts("n1", NOW, null, null, null, Duration.ofSeconds(40), false, null);

    assertThat(
            text(
                attached(PodState.CAPTURED, ON, NONE, NOW.minusSeconds(9), PodMeter.Counts.NONE),
                hung))
        .contains(
            "Its lease ran out at 2026-01-01T11:59:51Z: the rules match no more, and new connections go direct, unstamped.",
            "So far no connection to port 80. Other ports are not captured: podstamp.io/ports says which ones are, here by config file or default.",
            "An event loop of the agent has been silent for 40 s, and so no lease is renewed.",
            "To change that: see what the agent's threads do");
  }

  @Test
  void troubleOfTheAgent_isToldWhateverThePod() {
    AgentFacts ill =
        new AgentFacts(
            "n1",
            NOW,
            NOW.minusSeconds(60),
            "f.yaml:\n  ports: 'x' (expected: a list)",
            "10-net.conflist: another agent takes podstamp out again and again",
            Duration.ofSeconds(4),
            false,
            "/proc/77/ns/net of shop/web");

    assertThat(text(attached(PodState.OFF, NONE, NONE), ill))
        .contains(
            "Nobody switched it on",
            "The API server has not answered since 2026-01-01T11:59:00Z",
            "The config file is not in force, the one before it is: f.yaml:; ports: 'x' (expected: a list).",
            "New Pods start without the podstamp CNI plugin")
        .contains("To change that: kubectl annotate namespace shop podstamp.io/enabled=true");
  }

  @Test
  void strict_saysThatThereIsNoLease() {
    Map<String, String> strict =
        Map.of("podstamp.io/enabled", "true", "podstamp.io/profile", "strict");

    assertThat(text(attached(PodState.CAPTURED, strict, NONE), WELL))
        .contains(
            "listener at port 15901 and rules; without a lease, since its profile is strict.",
            "Its profile is strict by Namespace annotation: " + Profile.STRICT_MEANS + ".");
  }

  @Test
  void namespaceReplaced_isToldBeforeTheAgentNotices() {
    assertThat(
            Explainer.of(
                    facts(attached(PodState.CAPTURED, ON, NONE), false, null, null, null, WELL))
                .text())
        .startsWith("shop/web-0 is not captured.")
        .contains(
            "What was captured was another network namespace: the one at /run/netns/x was replaced");
  }

  @Test
  void podOnTheHostNetwork_isNeverCaptured() {
    assertThat(known(true, PodRecord.Life.LIVE, List.of("192.0.2.1"), null))
        .contains(
            "It uses the Node's own network (hostNetwork: true)", "run it without hostNetwork");
  }

  @Test
  void podThatHasEnded_needsNothing() {
    assertThat(known(false, PodRecord.Life.TERMINATED, List.of(), null))
        .contains("It has ended")
        .endsWith("Nothing to do.");
  }

  @Test
  void podWithoutAttachment_isToldApartByWhatIsMissing() {
    assertThat(known(false, PodRecord.Life.LIVE, List.of(), null))
        .contains("It has no address yet");
    assertThat(known(false, PodRecord.Life.LIVE, List.of("10.0.0.1"), null))
        .contains("no network namespace that the agent sees has its address 10.0.0.1");
    assertThat(known(false, PodRecord.Life.LIVE, List.of("10.0.0.1"), NOW.minusSeconds(5)))
        .contains("Its network namespace was gone at 2026-01-01T11:59:55Z without a CNI DEL");
  }

  @Test
  void unknownPod_isLookedForByTheApiServer() {
    assertThat(unknown(new Place.OnNode("n2")))
        .isEqualTo(
            "shop/web-0 runs on Node n2; this is the agent of n1.\n"
                + "To change that: ask the agent of Node n2.");
    assertThat(unknown(new Place.OnNode("n1"))).contains("has just come to this Node");
    assertThat(unknown(new Place.Unscheduled())).contains("runs nowhere yet");
    assertThat(unknown(new Place.Absent())).contains("does not exist");
    assertThat(unknown(new Place.Unknown("it cannot be reached"))).contains("it cannot be reached");
  }

  private static String known(
      boolean hostNetwork, PodRecord.Life life, List<String> ips, @Nullable Instant lost) {
    PodRecord record =
        new PodRecord(
            WEB,
            ips.stream().map(InetAddress::ofLiteral).toList(),
            "web-0",
            null,
            Map.of(),
            Map.of(),
            new Workload("Pod", "web-0"),
            null,
            hostNetwork,
            false,
            life,
            Instant.MIN,
            null,
            Set.of(),
            List.of());
    return Explainer.of(facts(null, false, lost, record, null, WELL)).text();
  }

  private static String unknown(Place place) {
    return Explainer.of(facts(null, false, null, null, place, WELL)).text();
  }

  private static String text(PodStatus attached, AgentFacts agent) {
    return Explainer.of(facts(attached, true, null, null, null, agent)).text();
  }

  private static PodFacts facts(
      @Nullable PodStatus attached,
      boolean netnsThere,
      @Nullable Instant lost,
      @Nullable PodRecord known,
      @Nullable Place place,
      AgentFacts agent) {
    PodPolicy policy =
        attached != null
            ? attached.policy()
            : known != null ? PodPolicy.of(Config.DEFAULT, ON, NONE, false) : null;
    return new PodFacts("shop", "web-0", attached, netnsThere, lost, known, policy, place, agent);
  }

  private static PodStatus attached(
      PodState state, Map<String, String> namespace, Map<String, String> pod) {
    return attached(state, namespace, pod, null, PodMeter.Counts.NONE);
  }

  private static PodStatus attached(
      PodState state,
      Map<String, String> namespace,
      Map<String, String> pod,
      @Nullable Instant leaseEnds,
      PodMeter.Counts seen) {
    return attached(state, namespace, pod, leaseEnds, seen, new Hold(SynQueueRule.NATIVE, ""));
  }

  private static PodStatus attached(
      PodState state, Map<String, String> namespace, Map<String, String> pod, Hold hold) {
    return attached(state, namespace, pod, null, PodMeter.Counts.NONE, hold);
  }

  private static PodStatus attached(
      PodState state,
      Map<String, String> namespace,
      Map<String, String> pod,
      @Nullable Instant leaseEnds,
      PodMeter.Counts seen,
      Hold hold) {
    return attached(Config.DEFAULT, state, namespace, pod, leaseEnds, seen, hold, List.of());
  }

  private static PodStatus attached(
      Config config,
      PodState state,
      Map<String, String> namespace,
      Map<String, String> pod,
      @Nullable Instant leaseEnds,
      PodMeter.Counts seen,
      Hold hold,
      List<PodStatus.ProxyTlvs> proxyTlvs) {
    return new PodStatus(
        new Attachment("c1", "eth0", Path.of("/run/netns/x"), 4, WEB, List.of(), pod),
        PodPolicy.of(config, namespace, pod, false),
        state,
        "the reason",
        "",
        NOW.minusSeconds(10),
        Duration.ZERO,
        PodStatus.Repairs.NONE,
        "",
        hold,
        leaseEnds,
        15901,
        3,
        "",
        seen,
        List.of(),
        List.of(),
        proxyTlvs,
        List.of());
  }
}
