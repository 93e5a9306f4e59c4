package io.podstamp.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Makes `daemonset/admission`: what the API server is to refuse when it is written. One table of
/// settings, and each of its rows as a rule for Namespaces and Pods, for templates of Pods, and for
/// those of CronJobs. `AdmissionTest` holds the table against the agent, which reads the same
/// values. `scripts/admission.sh` runs this as it stands here, so it uses nothing but the JDK.
final class AdmissionPolicies {
  /// What Java's `strip()` takes away: not the spaces at which no line may break.
  private static final String BLANK =
      "[\\s\\v\\x1c-\\x1f\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}]*";

  private static final String PORT =
      "0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
  private static final String NAME = "[0-9A-Za-z]([-_.0-9A-Za-z]{0,61}[0-9A-Za-z])?";

  /// How much of what the agent refuses a rule refuses too; none refuses what the agent takes.
  enum Strictness {
    EXACT,
    ROUGH
  }

  /// @param pattern of RE2, for the whole value
  record Setting(String key, String pattern, String expected, Strictness strictness) {}

  static final List<Setting> SETTINGS =
      List.of(
          new Setting(
              "enabled",
              words("true", "false", "shadow"),
              "true, false or shadow",
              Strictness.EXACT),
          new Setting("ports", list(PORT), "ports, such as 80,8080", Strictness.EXACT),
          new Setting(
              "headers",
              "[\\s\\S]*[\\[-][\\s\\S]*",
              "a JSON list, such as [{\"name\": \"X-Client-Hostname\", \"value\": \"{pod.hostname}\"}]",
              Strictness.ROUGH),
          new Setting(
              "remove-also",
              "(" + BLANK + "|" + list(NAME) + ")",
              "names of headers, such as Forwarded,X-Real-IP, or nothing",
              Strictness.ROUGH),
          new Setting(
              "profile", words("transparent", "strict"), "transparent or strict", Strictness.EXACT),
          new Setting("connect", words("true", "early"), "true or early", Strictness.EXACT),
          new Setting(
              "proxy-protocol",
              list("([0-9./]+|\\[[^\\]]+\\]):" + PORT),
              "destinations with their ports, such as 192.0.2.1:443,[2001:db8::1]:443",
              Strictness.ROUGH));

  /// Written by the agent, or for the kubelet: docs/install.md.
  private static final List<String> OTHERS = List.of("status", "config-changed");

  private static final String LABELS_RULE_EXPECTED =
      "podstamp.io/enabled alone as a label; annotations for the rest";

  private static String words(String... words) {
    return BLANK
        + "("
        + Stream.of(words).map(AdmissionPolicies::inAnyCase).collect(Collectors.joining("|"))
        + ")"
        + BLANK;
  }

  /// Of ASCII: RE2's `(?i)` takes a long s for an s, which the agent does not.
  private static String inAnyCase(String word) {
    return word.chars()
        .mapToObj(c -> "[" + (char) Character.toUpperCase(c) + (char) c + "]")
        .collect(Collectors.joining());
  }

  private static String list(String element) {
    String one = BLANK + element + BLANK;
    return one + "(," + one + ")*";
  }

  /// The kinds of one policy, and where their annotations are.
  private record Kinds(String name, String path, List<String> rules) {}

  private static final List<Kinds> KINDS =
      List.of(
          new Kinds("podstamp-objects", "metadata", List.of(rule("", "v1", "namespaces", "pods"))),
          new Kinds(
              "podstamp-templates",
              "spec.template.metadata",
              List.of(
                  rule("apps", "v1", "deployments", "replicasets", "statefulsets", "daemonsets"),
                  rule("batch", "v1", "jobs"),
                  rule("", "v1", "replicationcontrollers"))),
          new Kinds(
              "podstamp-cronjobs",
              "spec.jobTemplate.spec.template.metadata",
              List.of(rule("batch", "v1", "cronjobs"))));

  private static String rule(String group, String version, String... resources) {
    return "{apiGroups: [\"%s\"], apiVersions: [%s], operations: [CREATE, UPDATE], resources: [%s]}"
        .formatted(group, version, String.join(", ", resources));
  }

  private AdmissionPolicies() {}

  /// The text of each file by its name.
  static Map<String, String> all() {
    Map<String, String> files = new TreeMap<>();
    StringBuilder checked = new StringBuilder(HEAD);
    for (Kinds kinds : KINDS) {
      checked.append(policy(kinds)).append(binding(kinds.name(), ""));
    }
    files.put("annotations.yaml", checked.toString());
    StringBuilder fixed = new StringBuilder(OVERRIDE_HEAD);
    for (Kinds kinds : KINDS) {
      fixed.append(overridePolicy(kinds)).append(binding(override(kinds), UNLESS_ALLOWED));
    }
    files.put("no-override.yaml", fixed.toString());
    return files;
  }

  private static final String HEAD =
      """
      # Made by scripts/admission.sh. Kubernetes 1.30 and later refuses what podstamp's agents could not read, when it is written:
      #     kubectl apply -f daemonset/admission/annotations.yaml
      # What an object says already stays allowed, so that nothing that exists can no longer be changed.
      """;

  private static final String OVERRIDE_HEAD =
      """
      # Made by scripts/admission.sh. Kubernetes 1.30 and later lets no Pod opt out, or change profile or headers, unless its Namespace has
      # the label podstamp.io/pods-may-override=true: who may label Namespaces decides.
      #     kubectl apply -f daemonset/admission/no-override.yaml
      """;

  private static final String UNLESS_ALLOWED =
      """
        matchResources:
          namespaceSelector:
            matchExpressions:
              - {key: podstamp.io/pods-may-override, operator: NotIn, values: ["true"]}
      """;

  private static String override(Kinds kinds) {
    return kinds.name().replace("podstamp-", "podstamp-no-override-");
  }

  /// What a controller makes of a template is the template's: a Deployment that was there before
  /// these rules goes on.
  private static final String NOT_OF_A_CONTROLLER =
      """
        matchConditions:
          - name: not-made-by-a-controller
            expression: >-
              !has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)
      """;

  private static String head(String name, Kinds kinds, String conditions) {
    return """
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata:
          name: %s
        spec:
          failurePolicy: Ignore
          matchConstraints:
            resourceRules:
        """
            .formatted(name)
        + kinds.rules().stream().map(rule -> "      - " + rule + "\n").collect(Collectors.joining())
        + conditions
        + "  variables:\n"
        + variable("annotations", map("object", kinds.path(), "annotations"))
        + variable("labels", map("object", kinds.path(), "labels"))
        + variable("before", before(kinds.path(), "annotations"))
        + variable("labelsBefore", before(kinds.path(), "labels"))
        + "  validations:\n";
  }

  private static String policy(Kinds kinds) {
    StringBuilder text = new StringBuilder(head(kinds.name(), kinds, NOT_OF_A_CONTROLLER));
    for (Setting setting : SETTINGS) {
      text.append(validation(setting, "annotations", "before"));
    }
    text.append(validation(SETTINGS.getFirst(), "labels", "labelsBefore"));
    List<String> known = new ArrayList<>(SETTINGS.stream().map(Setting::key).toList());
    known.addAll(OTHERS);
    text.append(
        unknown(
            "annotations",
            "before",
            known,
            "one of "
                + String.join(", ", known.subList(0, SETTINGS.size()))
                + " behind podstamp.io/"));
    text.append(
        unknown(
            "labels",
            "labelsBefore",
            List.of("enabled", "pods-may-override"),
            LABELS_RULE_EXPECTED));
    return text.toString();
  }

  private static final String SWITCH_OFF =
      told(
          "podstamp.io/enabled: not for Pods of this Namespace to switch off (expected: true or none");

  private static String told(String what) {
    return what + ", or the Namespace with the label podstamp.io/pods-may-override=true)";
  }

  private static String overridePolicy(Kinds kinds) {
    Kinds pods =
        new Kinds(
            kinds.name(),
            kinds.path(),
            kinds.rules().stream().map(rule -> rule.replace("namespaces, ", "")).toList());
    StringBuilder text = new StringBuilder(head(override(kinds), pods, ""));
    for (String key : List.of("profile", "headers", "remove-also", "connect")) {
      text.append(
          check(
              "!(KEY in variables.annotations) || (KEY in variables.before && variables.before[KEY] == variables.annotations[KEY])"
                  .replace("KEY", "'podstamp.io/" + key + "'"),
              told(
                  "podstamp.io/" + key + ": not for Pods of this Namespace to say (expected: none"),
              "'"
                  + told(
                      "podstamp.io/"
                          + key
                          + ": not for Pods of this Namespace to say (expected: none")
                  + "'"));
    }
    for (String where : List.of("annotations", "labels")) {
      String before = where.equals("labels") ? "labelsBefore" : "before";
      text.append(
          check(
              "!('podstamp.io/enabled' in variables.W) || variables.W['podstamp.io/enabled'].matches(r'^%s$') || ('podstamp.io/enabled' in variables.B && variables.B['podstamp.io/enabled'] == variables.W['podstamp.io/enabled'])"
                  .formatted(words("true"))
                  .replace("variables.W", "variables." + where)
                  .replace("variables.B", "variables." + before),
              SWITCH_OFF,
              "'" + SWITCH_OFF + "'"));
    }
    return text.toString();
  }

  private static String validation(Setting setting, String where, String before) {
    String key = "'podstamp.io/" + setting.key() + "'";
    String value = "variables.%s[%s]".formatted(where, key);
    return check(
        "!(%s in variables.%s) || (%s in variables.%s && variables.%s[%s] == %s) || %s.matches(r\"^(%s)$\")"
            .formatted(key, where, key, before, before, key, value, value, setting.pattern()),
        "podstamp.io/%s (expected: %s)".formatted(setting.key(), setting.expected()),
        "\"podstamp.io/%s: '\" + %s + \"' (expected: %s)\""
            .formatted(setting.key(), value, setting.expected().replace("\"", "\\\"")));
  }

  private static String unknown(String where, String before, List<String> known, String expected) {
    String test =
        "k.startsWith('podstamp.io/') && !(k in variables.%s) && !(k in [%s])"
            .formatted(
                before,
                known.stream()
                    .map(key -> "'podstamp.io/" + key + "'")
                    .collect(Collectors.joining(", ")));
    return check(
        "!variables.%s.exists(k, %s)".formatted(where, test),
        "podstamp.io (expected: %s)".formatted(expected),
        "variables.%s.filter(k, %s)[0] + \": not read (expected: %s)\""
            .formatted(where, test, expected));
  }

  /// An expression and its message, each as a block of YAML: nothing in it has to be escaped.
  private static String check(String expression, String fallback, String message) {
    return """
            - expression: >-
                %s
              message: >-
                %s
              messageExpression: >-
                %s
              reason: Invalid
        """
        .formatted(expression, fallback, message);
  }

  private static String variable(String name, String expression) {
    return """
            - name: %s
              expression: >-
                %s
        """
        .formatted(name, expression);
  }

  private static String map(String object, String path, String map) {
    String parent = object + "." + path;
    String has = path.equals("metadata") ? "" : "has(%s) && ".formatted(parent);
    return "%shas(%s.%s) ? %s.%s : {}".formatted(has, parent, map, parent, map);
  }

  private static String before(String path, String map) {
    return "oldObject != null && " + map("oldObject", path, map);
  }

  private static String binding(String name, String match) {
    return """
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata:
          name: %s
        spec:
          policyName: %s
          validationActions: [Deny, Audit]
        %s"""
        .formatted(name, name, match);
  }

  /// Writes them.
  public static void main(String[] arguments) throws IOException {
    for (Map.Entry<String, String> file : all().entrySet()) {
      Files.writeString(Path.of(arguments[0], file.getKey()), file.getValue());
      System.out.println(file.getKey());
    }
  }
}
