package io.podstamp.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;

/// Makes the chart's templates of the manifests for kustomize: each is the manifest's text with
/// pieces of it replaced. A piece that is not there exactly once is an error, so that no change of
/// the manifests goes past the chart. `scripts/chart.sh` runs this as it stands here, so it uses
/// nothing but the JDK; `ChartTest` compares what is committed.
final class ChartTemplates {
  private static final String NAMESPACE = "{{ include \"podstamp.namespace\" . }}";
  private static final String LABELS = "{{- include \"podstamp.labels\" . | nindent 4 }}";

  /// One scalar of a manifest that is a value of the chart; `values.yaml` has the manifest's as its
  /// default.
  record Value(String before, String scalar, String key) {
    String text() {
      return before + scalar;
    }

    String template() {
      return before + "{{ .Values." + key + " }}";
    }
  }

  /// A text of the manifest, and what stands in its place.
  record Piece(String text, String template) {}

  static final List<Value> DAEMON_SET_VALUES =
      List.of(
          new Value("priorityClassName: ", "system-node-critical", "priorityClassName"),
          new Value("imagePullPolicy: ", "IfNotPresent", "image.pullPolicy"),
          new Value("- --drain=", "120", "agent.drain"),
          new Value(
              "name: cni-bin\n          hostPath:\n            path: ",
              "/opt/cni/bin",
              "node.cniBin"),
          new Value(
              "name: cni-conf\n          hostPath:\n            path: ",
              "/etc/cni/net.d",
              "node.cniConf"));

  /// The same of the signer's Deployment.
  static final List<Value> SIGNER_VALUES =
      List.of(
          new Value("replicas: ", "2", "signer.replicas"),
          new Value("- --rotate-every=", "24", "signer.rotateHours"));

  /// Mappings and lists of the manifest, by the key of the chart that has them as its default.
  static final Map<String, String> DAEMON_SET_TREES =
      Map.of(
          "tolerations", "      tolerations:\n        - operator: Exists\n",
          "nodeSelector", "      nodeSelector:\n        kubernetes.io/os: linux\n",
          "resources",
              """
                        resources:
                          requests:
                            cpu: 50m
                            memory: 170Mi
                          limits:
                            memory: 1Gi
              """);

  private static final String APP_ARMOR =
      "        container.apparmor.security.beta.kubernetes.io/agent: unconfined\n";

  private static final Piece IMAGE =
      new Piece(
          "          image: podstamp\n", "          image: {{ include \"podstamp.image\" . }}\n");

  private static final String PULL_SECRETS =
      """
            {{- with .Values.image.pullSecrets }}
            imagePullSecrets:
              {{- range . }}
              - name: {{ . }}
              {{- end }}
            {{- end }}
      """;

  private static final List<Piece> DAEMON_SET_PIECES =
      List.of(
          new Piece(
              "  labels:\n    app.kubernetes.io/name: podstamp\nspec:",
              "  labels:\n    " + LABELS + "\nspec:"),
          new Piece(
              "      maxUnavailable: 1\n",
              """
                    {{- if include "podstamp.surge" . }}
                    maxSurge: 1
                    maxUnavailable: 0
                    {{- else }}
                    maxUnavailable: 1
                    {{- end }}
              """),
          new Piece(
              "        app.kubernetes.io/name: podstamp\n      annotations:\n",
              """
                      app.kubernetes.io/name: podstamp
                      {{- with .Values.podLabels }}
                      {{- toYaml . | nindent 8 }}
                      {{- end }}
                    annotations:
              """),
          new Piece(
              APP_ARMOR,
              """
                      {{- if not (include "podstamp.appArmorField" .) }}
                      container.apparmor.security.beta.kubernetes.io/agent: unconfined
                      {{- end }}
                      {{- if .Values.metrics.scrapeAnnotations }}
                      prometheus.io/scrape: "true"
                      prometheus.io/port: "15912"
                      prometheus.io/path: /metrics
                      {{- end }}
                      {{- with .Values.podAnnotations }}
                      {{- toYaml . | nindent 8 }}
                      {{- end }}
              """),
          new Piece(
              "      serviceAccountName: podstamp\n",
              "      serviceAccountName: podstamp\n"
                  + PULL_SECRETS
                  + """
                          {{- with .Values.affinity }}
                          affinity:
                            {{- toYaml . | nindent 8 }}
                          {{- end }}
                    """),
          new Piece(
              "terminationGracePeriodSeconds: 150\n",
              "terminationGracePeriodSeconds: {{ add .Values.agent.drain 30 }}\n"),
          IMAGE,
          new Piece(
              "            - --daemon-set=$(POD_NAMESPACE)/podstamp\n",
              """
                          - --daemon-set=$(POD_NAMESPACE)/podstamp
                          {{- if .Values.agent.writeStatus }}
                          - --write-status
                          {{- end }}
                          {{- if .Values.agent.events }}
                          - --events
                          {{- end }}
                          {{- if include "podstamp.metricsOnNode" . }}
                          - --metrics=$(HOST_IP):15912
                          {{- end }}
                          {{- with .Values.agent.extraArgs }}
                          {{- toYaml . | nindent 12 }}
                          {{- end }}
              """),
          new Piece(
              "                  fieldPath: metadata.uid\n",
              """
                                fieldPath: metadata.uid
                          {{- if include "podstamp.metricsOnNode" . }}
                          - name: HOST_IP
                            valueFrom:
                              fieldRef:
                                fieldPath: status.hostIP
                          {{- end }}
              """),
          new Piece(
              "              mountPath: /host/bin\n              readOnly: true\n",
              """
                            mountPath: /host/bin
                            readOnly: true
                          {{- if .Values.agent.identityKey }}
                          - name: identity-key
                            mountPath: /etc/podstamp-identity
                            readOnly: true
                          {{- end }}
                          {{- if .Values.signer.enabled }}
                          - name: signer
                            mountPath: /etc/podstamp-signer
                            readOnly: true
                          {{- end }}
              """),
          new Piece(
              "            path: /bin\n            type: Directory\n",
              """
                          path: /bin
                          type: Directory
                      {{- if .Values.agent.identityKey }}
                      - name: identity-key
                        secret:
                          secretName: podstamp-identity
                          defaultMode: 256
                          optional: true
                      {{- end }}
                      {{- if .Values.signer.enabled }}
                      - name: signer
                        projected:
                          sources:
                            - serviceAccountToken:
                                audience: podstamp-signer
                                expirationSeconds: 3600
                                path: token
                            - configMap:
                                name: podstamp-signer
                                optional: true
                                items:
                                  - key: ca.crt
                                    path: ca.crt
                      {{- end }}
              """),
          new Piece(
              "              type: RuntimeDefault\n",
              """
                            type: RuntimeDefault
                          {{- if include "podstamp.appArmorField" . }}
                          appArmorProfile:
                            type: Unconfined
                          {{- end }}
              """));

  private final Path daemonSet;

  ChartTemplates(Path daemonSet) {
    this.daemonSet = daemonSet;
  }

  /// The text of each template by its name.
  Map<String, String> all() throws IOException {
    Map<String, String> templates = new TreeMap<>();
    templates.put("namespace.yaml", when("namespace.create", namespace()));
    templates.put("rbac.yaml", labelled("base/rbac.yaml"));
    templates.put("config.yaml", config());
    templates.put("daemonset.yaml", daemonSetTemplate());
    templates.put("events.yaml", when("agent.events", labelled("overlays/events/rights.yaml")));
    templates.put(
        "write-status.yaml",
        when("agent.writeStatus", labelled("overlays/write-status/rights.yaml")));
    templates.put("untaint.yaml", when("untaint", untaint()));
    templates.put("signer.yaml", when("signer.enabled", signer()));
    templates.put("quota.yaml", when("criticalPodsQuota", labelled("overlays/gke/quota.yaml")));
    templates.put("scc.yaml", when("privilegedScc", labelled("overlays/openshift/scc.yaml")));
    return templates;
  }

  private String daemonSetTemplate() throws IOException {
    String text = inNamespace(manifest("base/daemonset.yaml"));
    for (Value value : DAEMON_SET_VALUES) {
      text = once(text, value.text() + "\n", value.template() + "\n");
    }
    for (Map.Entry<String, String> tree : DAEMON_SET_TREES.entrySet()) {
      String block = tree.getValue();
      int indent = block.indexOf(tree.getKey());
      text =
          once(
              text,
              block,
              " ".repeat(indent)
                  + tree.getKey()
                  + ":\n"
                  + " ".repeat(indent + 2)
                  + "{{- toYaml .Values."
                  + tree.getKey()
                  + " | nindent "
                  + (indent + 2)
                  + " }}\n");
    }
    for (Piece piece : DAEMON_SET_PIECES) {
      text = once(text, piece.text(), piece.template());
    }
    return made("base/daemonset.yaml", text);
  }

  private String untaint() throws IOException {
    return withImage(labelled("overlays/taint/untaint.yaml"), "podstamp-untaint");
  }

  private String signer() throws IOException {
    String text = withImage(labelled("overlays/signer/signer.yaml"), "podstamp-signer");
    for (Value value : SIGNER_VALUES) {
      text = once(text, value.text() + "\n", value.template() + "\n");
    }
    return text;
  }

  /// The chart's image in a Deployment, wherever it is pulled from.
  private static String withImage(String deployment, String account) {
    String named = "      serviceAccountName: " + account + "\n";
    String policy = "          imagePullPolicy: ";
    String text = once(deployment, IMAGE.text(), IMAGE.template());
    text = once(text, policy + "IfNotPresent\n", policy + "{{ .Values.image.pullPolicy }}\n");
    return once(text, named, named + PULL_SECRETS);
  }

  private String config() throws IOException {
    String text = labels(inNamespace(manifest("base/config.yaml")));
    String key = "  config.yaml: |\n";
    int at = text.indexOf(key);
    return made(
        "base/config.yaml",
        text.substring(0, at) + key + "    {{- include \"podstamp.config\" . | nindent 4 }}\n");
  }

  private String namespace() throws IOException {
    String text =
        once(manifest("base/namespace.yaml"), "  name: podstamp\n", "  name: " + NAMESPACE + "\n");
    return made(
        "base/namespace.yaml", once(text, "  labels:\n", "  labels:\n    " + LABELS + "\n"));
  }

  private String labelled(String path) throws IOException {
    return made(path, labels(inNamespace(manifest(path))));
  }

  private String manifest(String path) throws IOException {
    return Files.readString(daemonSet.resolve(path));
  }

  private static String made(String path, String text) {
    return "# Made by scripts/chart.sh of ../../"
        + path
        + ": change it there, or ChartTemplates.java.\n"
        + text;
  }

  private static String when(String key, String text) {
    return "{{- if .Values." + key + " }}\n" + text + "{{- end }}\n";
  }

  private static String inNamespace(String text) {
    return text.replaceAll("(?m)^( +)namespace: podstamp$", "$1namespace: " + quoted(NAMESPACE));
  }

  /// Labels behind the name and the namespace of each object.
  private static String labels(String text) {
    return text.replaceAll(
        "(?m)^(metadata:\n  name: .*\n(?:  namespace: .*\n)?)",
        "$1  labels:\n    " + quoted(LABELS) + "\n");
  }

  private static String quoted(String replacement) {
    return Matcher.quoteReplacement(replacement);
  }

  private static String once(String text, String piece, String template) {
    int at = text.indexOf(piece);
    if (at < 0 || text.indexOf(piece, at + 1) >= 0) {
      throw new IllegalStateException("not there exactly once: " + piece);
    }
    return text.substring(0, at) + template + text.substring(at + piece.length());
  }

  /// Writes them.
  public static void main(String[] arguments) throws IOException {
    Path daemonSet = Path.of(arguments[0]);
    List<String> written = new ArrayList<>();
    for (Map.Entry<String, String> template : new ChartTemplates(daemonSet).all().entrySet()) {
      Files.writeString(
          daemonSet.resolve("chart/templates").resolve(template.getKey()), template.getValue());
      written.add(template.getKey());
    }
    System.out.println(String.join(" ", written));
  }
}
