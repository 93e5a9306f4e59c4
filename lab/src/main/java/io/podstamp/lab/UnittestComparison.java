package io.podstamp.lab;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The same tests run twice: which ended otherwise when captured, and whether it is known why.
final class UnittestComparison {
  private static final UnittestReport.Result NOT_RUN = new UnittestReport.Result("not run", "");

  /// A difference that podstamp makes by what it is. The traceback has to look like it: the same
  /// test failing in another way stays unexplained.
  private record Explanation(String why, Pattern test, Pattern traceback) {}

  private static final List<Explanation> EXPLANATIONS =
      List.of(
          new Explanation(
              "by the stamp, which the test did not expect among the headers",
              Pattern.compile("test\\.test_xmlrpc\\.HeadersServerTestCase\\..*"),
              Pattern.compile(
                  "(?s).*First list contains 2 additional elements.*"
                      + "\n-  'X-Client-Hostname',\n-  'X-Forwarded-For'.*")));

  private final int compared;
  private final Set<String> badInBoth = new TreeSet<>();
  private final Set<String> unexplained = new TreeSet<>();
  private final SortedMap<String, Set<String>> explained = new TreeMap<>();
  private final StringBuilder details = new StringBuilder();

  UnittestComparison(
      Map<String, UnittestReport.Result> direct, Map<String, UnittestReport.Result> captured) {
    TreeSet<String> names = new TreeSet<>(direct.keySet());
    names.addAll(captured.keySet());
    compared = names.size();
    names.forEach(
        name ->
            compare(
                name, direct.getOrDefault(name, NOT_RUN), captured.getOrDefault(name, NOT_RUN)));
  }

  private void compare(String name, UnittestReport.Result direct, UnittestReport.Result captured) {
    if (direct.outcome().equals(captured.outcome())) {
      if (direct.isBad()) {
        badInBoth.add(name);
      }
      return;
    }
    Optional<String> why =
        EXPLANATIONS.stream()
            .filter(_ -> direct.outcome().equals("ok"))
            .filter(explanation -> explanation.test().matcher(name).matches())
            .filter(explanation -> explanation.traceback().matcher(captured.detail()).matches())
            .map(Explanation::why)
            .findFirst();
    if (why.isPresent()) {
      explained.computeIfAbsent(why.get(), _ -> new TreeSet<>()).add(name);
      return;
    }
    unexplained.add(name);
    details.append(
        "%n%s: direct %s, captured %s%n%s%s%n"
            .formatted(
                name, direct.outcome(), captured.outcome(), direct.detail(), captured.detail()));
  }

  /// Whether every test ended alike, or it is known why not.
  boolean isAlike() {
    return compared > 0 && unexplained.isEmpty();
  }

  /// The tracebacks of what is unexplained, then what is explained, then one line for everything.
  void print(PrintStream out) {
    out.print(details);
    explained.forEach((why, tests) -> out.printf("%d differ %s%s%n", tests.size(), why, of(tests)));
    out.printf(
        "%d tests compared, %d bad in both%s, %d differ as explained, %d differ otherwise%s%n",
        compared,
        badInBoth.size(),
        of(badInBoth),
        explained.values().stream().mapToInt(Set::size).sum(),
        unexplained.size(),
        of(unexplained));
  }

  private static String of(Set<String> tests) {
    return tests.isEmpty() ? "" : " (" + String.join(" ", tests) + ")";
  }
}
