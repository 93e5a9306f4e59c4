package io.podstamp.lab;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A main class of the lab that runs as a process of its own, in whatever netns, on the JDK that
/// the lab runs on.
public final class JavaProgram {
  private static final List<String> SMALL = List.of("-XX:+UseSerialGC", "-Xmx64m");

  private JavaProgram() {}

  /// The command that runs a main class of the lab, which may use nothing but the JDK.
  public static List<String> command(Class<?> main, String... arguments) {
    return command(main, List.of(), List.of(), arguments);
  }

  /// The same for a main class that uses libraries.
  ///
  /// @param options for the JVM, such as system properties
  /// @param libraries a class of each jar that it needs
  public static List<String> command(
      Class<?> main, List<String> options, List<Class<?>> libraries, String... arguments) {
    String classPath =
        Stream.concat(Stream.of(main), libraries.stream())
            .map(JavaProgram::origin)
            .distinct()
            .collect(Collectors.joining(File.pathSeparator));
    return command(main, options, classPath, arguments);
  }

  /// The same for a main class that may use all that this JVM was started with.
  public static List<String> likeThis(Class<?> main, List<String> options, String... arguments) {
    return command(main, options, System.getProperty("java.class.path"), arguments);
  }

  private static List<String> command(
      Class<?> main, List<String> options, String classPath, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SMALL);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String origin(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
