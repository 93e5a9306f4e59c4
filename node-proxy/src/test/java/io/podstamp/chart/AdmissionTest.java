package io.podstamp.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.NullValue;
import dev.cel.common.CelException;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.podstamp.chart.AdmissionPolicies.Setting;
import io.podstamp.chart.AdmissionPolicies.Strictness;
import io.podstamp.config.Annotations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The expressions of `daemonset/admission`, evaluated as they stand there, against the agent's own
/// reading of the same values.
class AdmissionTest {
  private static final Path FOLDER = Path.of("../daemonset/admission");
  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addVar("object", SimpleType.DYN)
          .addVar("oldObject", SimpleType.DYN)
          .addVar("variables", SimpleType.DYN)
          .build();
  private static final CelRuntime RUNTIME = CelRuntimeFactory.legacyCelRuntimeBuilder().build();
  private static final Map<String, CelRuntime.Program> PROGRAMS = new HashMap<>();

  private static final List<String> VALUES =
      List.of(
          "",
          " ",
          "\t",
          "true",
          "TRUE",
          " true\n",
          "\u2003true\u3000",
          "\u00a0true",
          "\u2007true",
          "true\u2028\u1680",
          "false",
          "shadow",
          "\u017fhadow",
          "yes",
          "on",
          "1",
          "truefalse",
          "true true",
          "True|false",
          "80",
          "080",
          "0",
          "00",
          "65535",
          "65536",
          "99999",
          "100000",
          "80,8080",
          "80, 8080 ,443",
          "80,",
          ",80",
          "80;443",
          "80-90",
          "-1",
          "+80",
          "8 0",
          "\u0668\u0660",
          "0000000080",
          "http",
          "[80]",
          "transparent",
          "Transparent",
          "strict",
          "STRICT",
          "\u017ftrict",
          "str\u0131ct",
          "STR\u0130CT",
          "lax",
          "early",
          "Early",
          "late",
          "[]",
          " []",
          "[{\"name\":\"X-Pod\",\"value\":\"{pod.name}\"}]",
          "[{\"name\":\"X-Pod\",\"mode\":\"remove\"}]",
          "[\n\t{\n\t\t\"name\": \"X-Pod\",\n\t\t\"mode\": \"remove\"\n\t}\n]",
          "- {name: X-Pod, mode: remove}",
          "- name: X-Pod\n  value: x",
          "--- []",
          "{}",
          "null",
          "~",
          "[{\"name\":",
          "X-Pod",
          "Forwarded",
          "Forwarded,X-Real-IP",
          " Forwarded , X-Real-IP ",
          "Forwarded,",
          "For warded",
          "F\u00f6rwarded",
          "Forwarded;X",
          "Host",
          "forwarded,FORWARDED",
          "192.0.2.1:443",
          "192.0.2.1",
          "192.0.2.0/24:443",
          "[2001:db8::1]:443",
          "[2001:db8::/32]:443",
          "2001:db8::1:443",
          "192.0.2.1:0",
          "192.0.2.1:443,192.0.2.2:8443",
          " 192.0.2.1:443 , [::1]:443",
          "gw.example:443",
          "[192.0.2.1]:443",
          "0.0.0.0/0:443",
          "127.0.0.1:443",
          "192.0.2.1:443,",
          "[fe80::1%eth0]:443",
          "192.0.2.1:\u0668\u0660");

  private static JsonNode document(String file, String kind, String name) {
    return YAMLMapper.builder()
        .build()
        .readerFor(JsonNode.class)
        .<JsonNode>readValues(FOLDER.resolve(file).toFile())
        .readAll()
        .stream()
        .filter(
            document ->
                document.get("kind").asString().equals(kind)
                    && document.at("/metadata/name").asString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Object evaluate(String expression, Map<String, Object> input) {
    try {
      CelRuntime.Program program = PROGRAMS.get(expression);
      if (program == null) {
        program = RUNTIME.createProgram(COMPILER.compile(expression).getAst());
        PROGRAMS.put(expression, program);
      }
      return program.eval(input);
    } catch (CelException e) {
      throw new AssertionError(expression, e);
    }
  }

  /// What the API server answers: a message for each rule that refuses.
  private static List<String> refusals(JsonNode policy, Object object, Object oldObject) {
    Map<String, Object> input = new HashMap<>(Map.of("object", object, "oldObject", oldObject));
    for (JsonNode condition : policy.at("/spec/matchConditions")) {
      if (evaluate(condition.get("expression").asString(), input).equals(false)) {
        return List.of();
      }
    }
    Map<String, Object> variables = new HashMap<>();
    for (JsonNode variable : policy.at("/spec/variables")) {
      variables.put(
          variable.get("name").asString(), evaluate(variable.get("expression").asString(), input));
    }
    input.put("variables", variables);
    List<String> refusals = new ArrayList<>();
    for (JsonNode validation : policy.at("/spec/validations")) {
      if (evaluate(validation.get("expression").asString(), input).equals(false)) {
        refusals.add((String) evaluate(validation.get("messageExpression").asString(), input));
      }
    }
    return refusals;
  }

  private static final JsonNode OBJECTS =
      document("annotations.yaml", "ValidatingAdmissionPolicy", "podstamp-objects");

  private static Map<String, Object> object(Map<String, String> annotations) {
    return Map.of("metadata", Map.of("name", "x", "annotations", annotations));
  }

  private static List<String> refusals(Map<String, String> annotations) {
    return refusals(OBJECTS, object(annotations), NullValue.NULL_VALUE);
  }

  @Test
  void files_areThoseThatTheTableMakes() throws IOException {
    AdmissionPolicies.all()
        .forEach(
            (name, text) ->
                assertThat(FOLDER.resolve(name))
                    .as("scripts/admission.sh makes it anew")
                    .hasContent(text));
    try (var files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(AdmissionPolicies.all().keySet());
    }
  }

  @Test
  void table_hasEveryAnnotationOfTheAgent() {
    assertThat(AdmissionPolicies.SETTINGS.stream().map(s -> Annotations.PREFIX + s.key()))
        .containsExactlyInAnyOrderElementsOf(Annotations.KEYS);
  }

  static List<Setting> settings() {
    return AdmissionPolicies.SETTINGS;
  }

  /// The values of every setting, and each with a character put in, taken out or doubled.
  static List<String> values() {
    List<String> values = new ArrayList<>(VALUES);
    Random random = new Random(28);
    String characters = " ,:;[]{}-09afTsX\t\n\u00a0\u0130|";
    for (int i = 0; i < 200; i++) {
      String value = VALUES.get(random.nextInt(VALUES.size()));
      int at = random.nextInt(value.length() + 1);
      char put = characters.charAt(random.nextInt(characters.length()));
      values.add(value.substring(0, at) + put + value.substring(at));
      if (at < value.length()) {
        values.add(value.substring(0, at) + value.substring(at + 1));
        values.add(value.substring(0, at) + value.charAt(at) + value.substring(at));
      }
    }
    return values;
  }

  /// No rule refuses what the agent takes; those of words and ports refuse what it does not.
  @ParameterizedTest
  @MethodSource("settings")
  void rule_agreesWithTheAgent(Setting setting) {
    String key = Annotations.PREFIX + setting.key();
    int taken = 0;
    int refused = 0;
    for (String value : values()) {
      boolean agentTakesIt = Annotations.parse(Map.of(key, value)).problems().isEmpty();
      List<String> refusals = refusals(Map.of(key, value));
      if (agentTakesIt) {
        taken++;
        assertThat(refusals).as("%s: the agent takes '%s'", key, value).isEmpty();
      } else if (setting.strictness() == Strictness.EXACT) {
        assertThat(refusals).as("%s: the agent refuses '%s'", key, value).hasSize(1);
      }
      if (!refusals.isEmpty()) {
        refused++;
        assertThat(refusals.getFirst()).startsWith(key + ": '" + value + "' (expected: ");
      }
    }
    assertThat(taken).isGreaterThan(3);
    assertThat(refused).isGreaterThan(10);
  }

  @ParameterizedTest
  @CsvSource({
    "podstamp.io/enabeld, true, podstamp.io/enabeld: not read (expected: one of enabled",
    "podstamp.io/ports, http, podstamp.io/ports: 'http' (expected: ports",
    "podstamp.io/status, captured, ",
    "podstamp.io/config-changed, 1, ",
    "example.com/enabled, yes, "
  })
  void annotation_isCheckedWhenItIsWritten(String key, String value, @Nullable String said) {
    List<String> refusals = refusals(Map.of(key, value));
    if (said == null) {
      assertThat(refusals).isEmpty();
    } else {
      assertThat(refusals).singleElement().asString().startsWith(said);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "podstamp.io/enabled, true, ''",
    "podstamp.io/enabled, yes, podstamp.io/enabled: 'yes'",
    "podstamp.io/ports, 8080, podstamp.io/ports: not read",
    "podstamp.io/pods-may-override, true, ''",
    "app, web, ''"
  })
  void label_agreesWithTheAgent(String key, String value, String said) {
    Map<String, String> labels = Map.of(key, value);

    assertThat(
            String.join(
                "",
                refusals(
                    OBJECTS, Map.of("metadata", Map.of("labels", labels)), NullValue.NULL_VALUE)))
        .startsWith(said);
    assertThat(Annotations.parse(Annotations.withLabels(Map.of(), labels)).problems().isEmpty())
        .isEqualTo(said.isEmpty());
  }

  /// An object that was there before the rules can be changed, but for what is broken in it.
  @Test
  void whatStandsThere_staysAllowed() {
    Map<String, Object> before =
        object(Map.of("podstamp.io/ports", "http", "podstamp.io/old", "x"));

    assertThat(refusals(OBJECTS, before, before)).isEmpty();
    assertThat(refusals(OBJECTS, object(Map.of("podstamp.io/ports", "https")), before)).hasSize(1);
    assertThat(refusals(OBJECTS, Map.of("metadata", Map.of("name", "x")), before)).isEmpty();
  }

  @Test
  void podOfAController_isItsTemplates() {
    Map<String, Object> metadata =
        Map.of(
            "annotations", Map.of("podstamp.io/ports", "http"),
            "ownerReferences", List.of(Map.of("kind", "ReplicaSet", "controller", true)));

    assertThat(refusals(OBJECTS, Map.of("metadata", metadata), NullValue.NULL_VALUE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"podstamp-templates", "podstamp-cronjobs"})
  void templates_haveTheSameRules(String name) {
    JsonNode policy = document("annotations.yaml", "ValidatingAdmissionPolicy", name);

    assertThat(policy.at("/spec/validations")).isEqualTo(OBJECTS.at("/spec/validations"));
    assertThat(
            refusals(
                policy, template(name, Map.of("podstamp.io/ports", "http")), NullValue.NULL_VALUE))
        .singleElement()
        .asString()
        .startsWith("podstamp.io/ports: 'http'");
    assertThat(
            refusals(
                policy, template(name, Map.of("podstamp.io/ports", "80")), NullValue.NULL_VALUE))
        .isEmpty();
    assertThat(refusals(policy, template(name, null), NullValue.NULL_VALUE)).isEmpty();
  }

  private static Map<String, Object> template(
      String policy, @Nullable Map<String, String> annotations) {
    Map<String, Object> template =
        annotations == null
            ? Map.of("spec", Map.of())
            : Map.of("metadata", Map.of("annotations", annotations));
    Map<String, Object> spec = Map.of("template", template);
    return Map.of(
        "metadata",
        Map.of("name", "x"),
        "spec",
        policy.endsWith("cronjobs") ? Map.of("jobTemplate", Map.of("spec", spec)) : spec);
  }

  @ParameterizedTest
  @CsvSource({
    "enabled, false, false", "enabled, shadow, false", "enabled, true, true", "enabled, TRUE, true",
    "profile, strict, false", "headers, [], false", "remove-also, '', false",
        "connect, early, false",
    "ports, 80, true", "proxy-protocol, 192.0.2.1:443, true"
  })
  void noOverride_leavesToPodsWhatIsTheirs(String key, String value, boolean allowed) {
    Map<String, String> annotations = Map.of("podstamp.io/" + key, value);
    for (String kind : List.of("objects", "templates", "cronjobs")) {
      JsonNode policy =
          document("no-override.yaml", "ValidatingAdmissionPolicy", "podstamp-no-override-" + kind);
      Object object = kind.equals("objects") ? object(annotations) : template(kind, annotations);
      assertThat(refusals(policy, object, NullValue.NULL_VALUE).isEmpty())
          .as(kind)
          .isEqualTo(allowed);
      assertThat(refusals(policy, object, object)).isEmpty();
      assertThat(policy.at("/spec/matchConstraints").toString()).doesNotContain("namespaces");
    }
  }

  @Test
  void everyPolicy_hasItsBinding() {
    for (String name : List.of("objects", "templates", "cronjobs")) {
      for (String file : List.of("annotations.yaml", "no-override.yaml")) {
        String full = (file.startsWith("no") ? "podstamp-no-override-" : "podstamp-") + name;
        JsonNode binding = document(file, "ValidatingAdmissionPolicyBinding", full);
        assertThat(binding.at("/spec/policyName").asString()).isEqualTo(full);
        assertThat(binding.at("/spec/validationActions").toString())
            .isEqualTo("[\"Deny\",\"Audit\"]");
      }
    }
  }
}
