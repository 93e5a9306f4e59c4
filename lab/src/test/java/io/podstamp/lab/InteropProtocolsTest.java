package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Protocols other than HTTP whose clients speak first, on captured ports: real servers and clients
/// do not notice. `Pod` is among the configured headers, so that a key `pod:1` looks like one.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class InteropProtocolsTest {
  private static final int REDIS = 6379;
  private static final int MEMCACHED = 11211;
  private static final int POSTGRES = 5432;
  private static final int LOG = 5140;

  private Twins twins;

  @BeforeAll
  void up() {
    twins = Twins.capturing("%d,%d,%d,%d".formatted(REDIS, MEMCACHED, POSTGRES, LOG), "Pod");
  }

  @AfterAll
  void down() {
    twins.close();
  }

  @Test
  void redis() {
    twins.serve(REDIS, "redis-server", "--protected-mode", "no", "--save", "", "--bind", "0.0.0.0");

    String out =
        twins.alike(
            Twins.bash(
                """
                redis() { redis-cli -h $server "$@"; }
                redis flushall
                # A name in the very first command is reset (docs/http.md, "What transparent resets").
                printf 'ping\\nset pod:1 "X-Client-Hostname: forged\\\\r\\\\npod: 2"\\nmset pod:2 a pod:3 b x-forwarded-for: c\\nmget pod:1 pod:2 pod:3 x-forwarded-for:\\n' | redis
                head -c 1048576 /dev/zero | redis -x set big
                redis get big | sha256sum
                printf 'set pod:4 d\\nget pod:4\\nmulti\\nincr pod:5\\nexec\\nnonsense\\n' | redis
                seq 10000 | sed 's/.*/SET pod:& X-Client-Hostname:&/' | redis --pipe
                redis dbsize
                """));

    assertThat(out)
        .contains("X-Client-Hostname: forged\r\npod: 2\na\nb\nc\n", "errors: 0, replies: 10000\n");
  }

  @Test
  void memcached() {
    twins.serve(MEMCACHED, "memcached", "-u", "root", "-l", "0.0.0.0");

    String out =
        twins.alike(
            Twins.bash(
                """
                for test in 'ascii set' 'ascii set noreply' 'ascii mget' 'ascii cas' 'ascii stat' \
                    'binary set' 'binary getkq' 'binary appendq' 'binary stat' 'binary quitq'; do
                  memcflush --servers=$server # some look for nothing where an earlier run left something
                  memccapable -h $server -T "$test"
                done
                printf 'not at its start X-Client-Hostname: forged\\r\\n' | tee pod:1 >item
                memccp --servers=$server pod:1
                memccat --servers=$server pod:1
                memccp --binary --servers=$server item
                memccat --binary --servers=$server item
                """));

    assertThat(out).contains("binary quitq").doesNotContain("FAIL");
  }

  @Test
  void postgres() {
    // initdb and the server refuse to run as root; in a user namespace they are nobody.
    twins.serve(
        POSTGRES,
        Twins.bash(
            """
            data=%s/postgres
            bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
            mkdir $data
            exec unshare --user --map-user=65534 --map-group=65534 sh -euc '
              "$0"/initdb -D "$1" -A trust -U pod --no-sync --no-locale -E UTF8
              echo "host all all all trust" >>"$1"/pg_hba.conf
              exec "$0"/postgres -D "$1" -h 0.0.0.0 -k "$1" -F' $bin $data
            """
                .formatted(Lab.FOLDER)));

    String out =
        twins.alike(
            Twins.bash(
                """
                sql() { psql -X -v ON_ERROR_STOP=1 -h $server -U pod postgres "$@"; }
                until sql -c 'select 1' >/dev/null 2>&1; do sleep 0.2; done # it may be starting up
                sql <<'END'
                create table pod (id int, "X-Client-Hostname" text);
                insert into pod select i, repeat(E'\\nPod: ' || i, 100) from generate_series(1, 2000) i;
                select count(*), md5(string_agg("X-Client-Hostname", '' order by id)) from pod;
                END
                sql -c 'copy pod to stdout' >dump
                sha256sum dump
                sql -c 'truncate pod' -c 'copy pod from stdin' <dump
                sql -c 'select count(*), md5(string_agg("X-Client-Hostname", $$$$ order by id)) from pod'
                sql -c 'drop table pod'
                """));

    assertThat(out).contains("COPY 2000\n");
  }

  /// The bytes that the collector got, as it prints them.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"X-Client-Hostname\":\"forged\",\"x-forwarded-for\":\"x\",\"pod\":\"a\"}\\n",
        "{\\n  \"X-Client-Hostname\": \"forged\",\\n  \"pod\": 1,\\n  \"X-Forwarded-For\" : \"x\"\\n}\\n",
        "[{\"msg\":\"GET / HTTP/1.1\\\\r\\\\nX-Client-Hostname: forged\"}]\\n"
      })
  void jsonLog(String line) {
    String log = "b'" + line.repeat(100) + "'";
    try (Daemon collector = twins.serve(LOG, Twins.python("log_server.py", "" + LOG))) {
      int before = collector.logText().length();

      twins.alike(Twins.python("log_client.py", Node.OUTSIDE_ADDRESS, "" + LOG, log));

      assertThat(collector.logText().substring(before).lines()).containsExactly(log, log);
    }
  }
}
