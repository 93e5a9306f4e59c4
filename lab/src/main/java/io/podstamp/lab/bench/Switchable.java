package io.podstamp.lab.bench;

import io.podstamp.lab.Run;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/// A copy of podstamp whose counting is switched off and on while it runs: the methods that count
/// what happens on a connection ask [CountingSwitch] first. podstamp itself has no such switch, and
/// needs none. Both ways are one JVM with the same compiled code; between two, what one happens to
/// compile better is more than the counting.
final class Switchable {
  private static final String METRICS = "io/podstamp/metrics/";
  private static final ClassDesc SWITCH = CountingSwitch.class.describeConstable().orElseThrow();
  private static final ClassDesc ADDER = LongAdder.class.describeConstable().orElseThrow();
  private static final MethodTypeDesc ASKED = MethodTypeDesc.of(ConstantDescs.CD_boolean);

  /// By the name of the entry in the jar: what becomes of each method's code.
  private static final Map<String, Function<MethodModel, CodeTransform>> CHANGES =
      Map.of(
          METRICS + "ConnectionTally.class",
          method ->
              isReport(method) ? new Guard("counts", isNamed(method, "stamped")) : new Counting(),
          METRICS + "PodMeter.class",
          method -> new Counting(),
          METRICS + "ConnectionLogger.class",
          method -> isNamed(method, "ended") ? new Guard("logs", false) : CodeTransform.ACCEPT_ALL);

  private static final List<Class<?>> CARRIED =
      List.of(CountingSwitch.class, CountingSwitch.Level.class);

  private Switchable() {}

  private static boolean isNamed(MethodModel method, String name) {
    return method.methodName().equalsString(name);
  }

  /// Whether it tells of something and does nothing else; the end of a connection is also where the
  /// connection log comes in, which has its own question.
  private static boolean isReport(MethodModel method) {
    return !isNamed(method, ConstantDescs.INIT_NAME)
        && !isNamed(method, "ended")
        && !method.flags().has(AccessFlag.STATIC)
        && method.methodTypeSymbol().returnType().equals(ConstantDescs.CD_void);
  }

  /// Returns at once unless the switch says otherwise.
  ///
  /// @param isRequest whether a request has come whenever it is called
  private record Guard(String question, boolean isRequest) implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      if (isRequest) {
        code.invokestatic(SWITCH, "request", MethodTypeDesc.of(ConstantDescs.CD_void));
      }
      Label go = code.newLabel();
      code.invokestatic(SWITCH, question, ASKED).ifne(go).return_().labelBinding(go);
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      code.with(element);
    }
  }

  /// Adds to counters if the switch says so, and does the rest whatever it says.
  private record Counting() implements CodeTransform {
    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (element instanceof InvokeInstruction call
          && call.owner().matches(ADDER)
          && call.name().equalsString("increment")) {
        code.invokestatic(SWITCH, "increment", MethodTypeDesc.of(ConstantDescs.CD_void, ADDER));
      } else {
        code.with(element);
      }
    }
  }

  /// Makes it.
  ///
  /// @param podstamp the folder that `scripts/build.sh` makes
  /// @param copy a folder that is not there yet; without the AOT cache, which is for one jar only
  static Path of(Path podstamp, Path copy) {
    try {
      Files.createDirectories(copy);
      Run.ok("cp", "-a", podstamp.resolve("bin").toString(), copy.toString());
      Run.ok("cp", "-rs", podstamp.resolve("lib").toString(), copy.toString());
      Files.createSymbolicLink(copy.resolve("runtime"), podstamp.resolve("runtime"));
      Path jar = jar(podstamp.resolve("lib"));
      Path changed = copy.resolve("lib").resolve(jar.getFileName().toString());
      Files.delete(changed);
      change(jar, changed);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path jar(Path folder) throws IOException {
    try (Stream<Path> jars = Files.list(folder)) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("podstamp-node-proxy-"))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException(folder + ": no podstamp-node-proxy"));
    }
  }

  private static void change(Path jar, Path changed) throws IOException {
    Map<String, Function<MethodModel, CodeTransform>> left = new HashMap<>(CHANGES);
    try (JarFile in = new JarFile(jar.toFile());
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(changed))) {
      for (JarEntry entry : Collections.list(in.entries())) {
        try (InputStream content = in.getInputStream(entry)) {
          Function<MethodModel, CodeTransform> change = left.remove(entry.getName());
          byte[] bytes = content.readAllBytes();
          write(out, entry.getName(), change == null ? bytes : apply(change, bytes));
        }
      }
      for (Class<?> carried : CARRIED) {
        String name = carried.getName().replace('.', '/') + ".class";
        try (InputStream content =
            Objects.requireNonNull(Switchable.class.getResourceAsStream("/" + name))) {
          write(out, name, content.readAllBytes());
        }
      }
    }
    if (!left.isEmpty()) {
      throw new IllegalStateException(jar + ": without " + left.keySet());
    }
  }

  private static byte[] apply(Function<MethodModel, CodeTransform> change, byte[] bytes) {
    return ClassFile.of()
        .transformClass(
            ClassFile.of().parse(bytes),
            (builder, element) -> {
              if (element instanceof MethodModel method) {
                builder.transformMethod(
                    method, MethodTransform.transformingCode(change.apply(method)));
              } else {
                builder.with(element);
              }
            });
  }

  private static void write(JarOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new JarEntry(name));
    out.write(bytes);
    out.closeEntry();
  }
}
