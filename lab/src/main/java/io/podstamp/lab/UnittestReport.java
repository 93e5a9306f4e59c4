package io.podstamp.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// What `python3 -m test --junit-xml` wrote: how each test ended.
///
/// @param results by test id, such as `test.test_httplib.BasicTest.test_chunked`
public record UnittestReport(SortedMap<String, Result> results) {
  private static final Map<String, String> OUTCOMES =
      Map.of("failure", "FAIL", "error", "ERROR", "skipped", "skipped", "output", "expected FAIL");

  /// How one test ended.
  ///
  /// @param outcome in unittest's own words: `ok`, `FAIL`, `ERROR`, `skipped`, `expected FAIL`
  /// @param detail the traceback, or why it was skipped; empty when it is ok
  public record Result(String outcome, String detail) {
    private static final Result OK = new Result("ok", "");

    /// Whether it says something bad about whatever was tested.
    public boolean isBad() {
      return outcome.equals("FAIL") || outcome.equals("ERROR");
    }
  }

  public UnittestReport {
    results = new TreeMap<>(results);
  }

  /// Reads the file of one run.
  public static UnittestReport read(Path xml) {
    NodeList cases;
    try {
      cases =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(xml.toFile())
              .getElementsByTagName("testcase");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParserConfigurationException | SAXException e) {
      throw new IllegalStateException(xml + ": not a report of unittest", e);
    }
    SortedMap<String, Result> results = new TreeMap<>();
    String last = "the beginning";
    for (int i = 0; i < cases.getLength(); i++) {
      Element test = (Element) cases.item(i);
      boolean named = !test.getAttribute("name").isEmpty();
      // CPython 3.11 leaves a test nameless when only its sub-tests failed.
      last = named ? test.getAttribute("name") : "the test after " + last;
      results.put(last, named ? result(test) : new Result("FAIL", "in a sub-test"));
    }
    return new UnittestReport(results);
  }

  private static Result result(Element test) {
    for (Node child = test.getFirstChild(); child != null; child = child.getNextSibling()) {
      String outcome = OUTCOMES.get(child.getNodeName());
      if (outcome != null) {
        return new Result(outcome, child.getTextContent());
      }
    }
    return Result.OK;
  }
}
