#!/usr/bin/env bash
# JDK 25 (Temurin 25.0.3), Linux 6.18: Files.readString and Files.readAllBytes of a number below /proc/sys give its first digit alone.
#
# Guess:     they read a file to its end, as `cat` does, and cope with files of /proc whose size is told as 0.
# Behaviour: for a size of 0 they begin with a read(2) of one byte. A sysctl of numbers (proc_dointvec and its kin, kernel/sysctl.c) gives what
#            fits into the first read and tells the end to the next one, which begins at an offset. No error, a wrong number.
# Seen:      cat 4194304, Files.readString 4, Files.readAllBytes 4, InputStream.readNBytes(64) 4194304
#
# Needs a JDK 25 as `java` (or JAVA_HOME) and Linux; changes nothing. Exit status 1 when the behaviour is another one.
set -euo pipefail
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=/proc/sys/kernel/pid_max
cat > "$folder/ReadSysctl.java" <<'JAVA'
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

class ReadSysctl {
  public static void main(String[] arguments) throws Exception {
    Path path = Path.of(arguments[0]);
    System.out.println("Files.readString " + Files.readString(path).strip());
    System.out.println("Files.readAllBytes " + new String(Files.readAllBytes(path)).strip());
    try (InputStream in = Files.newInputStream(path)) {
      System.out.println("InputStream.readNBytes(64) " + new String(in.readNBytes(64)).strip());
    }
  }
}
JAVA
whole=$(cat "$number")
"$java" -version 2>&1 | head -1
echo "cat $whole"
seen=$("$java" "$folder/ReadSysctl.java" "$number")
echo "$seen"
[ "$seen" = "Files.readString ${whole:0:1}
Files.readAllBytes ${whole:0:1}
InputStream.readNBytes(64) $whole" ] || { echo "the behaviour has changed"; exit 1; }
