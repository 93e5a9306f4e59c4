package io.podstamp.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Protocols whose servers speak first, on captured ports: real servers and clients do not notice.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class InteropServerFirstTest {
  private static final int SMTP = 25;
  private static final int FTP = 21;
  private static final int FTP_DATA = 60021;
  private static final int SSH = 2222;
  private static final int MYSQL = 3306;

  private Twins twins;

  @BeforeAll
  void up() {
    twins = Twins.capturing("%d,%d,%d,%d,%d".formatted(SMTP, FTP, FTP_DATA, SSH, MYSQL));
  }

  @AfterAll
  void down() {
    twins.close();
  }

  @Test
  void mail_withLinesThatLookLikeOurHeaders_arrivesUnchanged() {
    Daemon server = twins.serve(SMTP, Twins.python("smtp_server.py", "" + SMTP));

    twins.alike(Twins.python("smtp_client.py", Node.OUTSIDE_ADDRESS, "" + SMTP));

    String mail =
        """
        pod@example ['you@example'] \
        b'X-Forwarded-For: x\\r\\nX-Client-Hostname: forged\\r\\nReceived: from a (b [192.0.2.1])\\r\\n\
        Subject: report\\r\\n\\r\\nX-Forwarded-For: x\\r\\nx-client-hostname : forged\\r\\n\
        GET / HTTP/1.1\\r\\nX-Client-Hostname: forged\\r\\n\\r\\n.a line with a dot\\r\\n'\
        """;
    assertThat(server.logText().lines().filter(line -> line.startsWith("pod@")))
        .containsExactly(mail, mail, mail, mail);
  }

  /// Passive, with the one port for data captured too.
  @Test
  void ftp() {
    twins.serve(
        FTP,
        Twins.bash(
            """
            mkdir %1$s/ftp
            exec /usr/bin/python3 -W ignore -m pyftpdlib -i 0.0.0.0 -p %2$d -r %3$d-%3$d -w -d %1$s/ftp
            """
                .formatted(Lab.FOLDER, FTP, FTP_DATA)));

    twins.alike(Twins.python("ftp_client.py", Node.OUTSIDE_ADDRESS, "" + FTP));
    twins.alike(
        Twins.bash(
            """
            head -c 1048576 /dev/zero >zeros
            curl -sS -T zeros ftp://$server/zeros
            curl -sS ftp://$server/zeros | sha256sum
            curl -sSI ftp://$server/zeros | grep -v Last-Modified
            """));
  }

  @Test
  void ssh() {
    // Nobody in a user namespace: a server that is not root needs no account of its own to log in.
    twins.serve(
        SSH,
        Twins.bash(
            """
            mkdir -m 777 %1$s/ssh
            cd %1$s/ssh
            ssh-keygen -q -t ed25519 -N '' -f host
            ssh-keygen -q -t ed25519 -N '' -f client
            exec unshare --user --map-user=65534 --map-group=65534 /usr/sbin/sshd -D -e -f /dev/null \
              -p %2$d -o HostKey=$PWD/host -o AuthorizedKeysFile=$PWD/client.pub -o StrictModes=no \
              -o PidFile=none -o Subsystem='sftp internal-sftp'
            """
                .formatted(Lab.FOLDER, SSH)));

    String out =
        twins.alike(
            Twins.bash(
                """
                keys=%s/ssh
                head -c 4194304 /dev/urandom >up
                echo "put up $keys/up\nget $keys/up down\nrm $keys/up" >batch
                sftp -q -F none -P %d -i $keys/client -o StrictHostKeyChecking=accept-new \
                  -o UserKnownHostsFile=$keys/known -b batch nobody@$server
                cmp up down && echo the same
                """
                    .formatted(Lab.FOLDER, SSH)));

    assertThat(out).endsWith("the same\n");
  }

  @Test
  void mariadb() {
    twins.serve(
        MYSQL,
        Twins.bash(
            """
            data=%s/mariadb
            mkdir $data
            mariadb-install-db --no-defaults --datadir=$data --user=root --skip-test-db \
              --auth-root-authentication-method=normal
            cat >$data/init <<'END'
            create user pod identified by 'secret';
            grant all on *.* to pod;
            create database pod;
            END
            exec mariadbd --no-defaults --datadir=$data --socket=$data/socket --user=root --init-file=$data/init
            """
                .formatted(Lab.FOLDER)));

    String out =
        twins.alike(
            Twins.bash(
                """
                sql() { mariadb --no-defaults -h $server -u pod -psecret pod "$@"; }
                sql <<'END'
                create table pod (id int, `X-Client-Hostname` text);
                insert into pod select seq, repeat(concat('\\nX-Forwarded-For: ', seq), 100) from seq_1_to_2000;
                select count(*), sum(crc32(`X-Client-Hostname`)) from pod;
                END
                sql -Ne 'select * from pod order by id' | sha256sum
                { printf "select sha2('"; head -c 1048576 /dev/zero | tr '\\0' x; echo "', 256);"; } | sql -N
                sql -e 'drop table pod'
                """));

    assertThat(out).startsWith("count(*)");
  }
}
