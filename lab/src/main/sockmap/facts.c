// What an application sees when its connection to the proxy is taken out of TCP by a sockmap, and what it sees without.
//
//     facts OBJECT      prints a Markdown table; OBJECT is facts.bpf.c, compiled
//
// Each case runs four times, in processes of their own: by plain TCP; with both sockets in a sockmap and all bytes going
// by TCP still; with the application's bytes redirected; with both ways.
#include "pair.h"
#include <fcntl.h>
#include <linux/errqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define LIMIT (256u << 20)

static pthread_t reader;
static char bytes[1 << 20];

static void pause_ms(int ms) {
  usleep(ms * 1000); // the other thread has to be inside its system call; nothing tells when
}

static void *half_close(void *unused) {
  pause_ms(200);
  shutdown(proxy, SHUT_WR);
  return unused;
}

static void *reset_proxy(void *unused) {
  pause_ms(200);
  reset(proxy);
  return unused;
}

static void ignore(int signal) { (void)signal; }

static void *signal_reader(void *unused) {
  pause_ms(200);
  pthread_kill(reader, SIGUSR1);
  pause_ms(200);
  send(proxy, "data", 4, 0);
  return unused;
}

static void *send_much(void *unused) {
  for (int i = 0; i < 16; i++)
    need(send(application, bytes, sizeof bytes, 0) > 0, "send");
  return unused;
}

static void *read_much_then_answer(void *unused) {
  static char sink[1 << 16];
  pause_ms(300);
  for (size_t got = 0; got < 16 * sizeof bytes;) {
    ssize_t n = recv(proxy, sink, sizeof sink, 0);
    if (n > 0)
      got += n;
  }
  pause_ms(200);
  send(proxy, "data", 4, 0);
  return unused;
}

static void *two_halves(void *unused) {
  send(proxy, "half", 4, 0);
  pause_ms(200);
  send(proxy, "half", 4, 0);
  return unused;
}

static void *nothing(void *unused) { return unused; }

// What the application's recv(2) says, while another thread does something.
static void receive(int flags, void *(*meanwhile)(void *), void *(*besides)(void *), char *result) {
  pthread_t one, two;
  reader = pthread_self();
  pthread_create(&one, 0, meanwhile, 0);
  pthread_create(&two, 0, besides, 0);
  char got[8];
  ssize_t n = recv(application, got, sizeof got, flags);
  if (n > 0)
    sprintf(result, "%zd bytes", n);
  else
    strcpy(result, n == 0 ? "end of input" : strerrorname_np(errno));
}

static void end_of_input(enum mode mode, char *result) {
  connect_both(mode);
  receive(0, half_close, nothing, result);
}

static void reset_arrives(enum mode mode, char *result) {
  connect_both(mode);
  receive(0, reset_proxy, nothing, result);
}

static void signal_arrives(enum mode mode, char *result) {
  struct sigaction restart = {.sa_handler = ignore, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &restart, 0);
  connect_both(mode);
  receive(0, signal_reader, nothing, result);
}

static void other_thread_sends(enum mode mode, char *result) {
  connect_both(mode);
  receive(0, send_much, read_much_then_answer, result);
}

static void wait_for_all(enum mode mode, char *result) {
  connect_both(mode);
  receive(MSG_WAITALL, two_halves, nothing, result);
}

static void bytes_available(enum mode mode, char *result) {
  int available = -1;
  connect_both(mode);
  send(proxy, "data", 4, 0);
  pause_ms(100);
  ioctl(application, FIONREAD, &available);
  sprintf(result, "%d", available);
}

static void splice_away(enum mode mode, char *result) {
  int pipe[2];
  connect_both(mode);
  need(!pipe2(pipe, 0), "pipe");
  send(proxy, "data", 4, 0);
  pause_ms(100);
  ssize_t n = splice(application, 0, pipe[1], 0, 4, 0);
  if (n < 0)
    strcpy(result, strerrorname_np(errno));
  else
    sprintf(result, "%zd bytes", n);
}

static void zero_copy(enum mode mode, char *result) {
  int on = 1;
  connect_both(mode);
  need(!setsockopt(application, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on), "SO_ZEROCOPY");
  need(send(application, bytes, 4096, MSG_ZEROCOPY) > 0, "send");
  recv(proxy, bytes, 4096, 0);
  struct pollfd error = {.fd = application};
  strcpy(result, poll(&error, 1, 1000) > 0 && error.revents & POLLERR ? "told" : "never told");
}

// How much a socket takes until it has to wait.
static void fill(int from, char *result) {
  size_t taken = 0;
  struct pollfd writable = {.fd = from, .events = POLLOUT};
  fcntl(from, F_SETFL, O_NONBLOCK);
  while (taken < LIMIT && poll(&writable, 1, 1000) > 0) {
    ssize_t n = send(from, bytes, 1 << 16, 0);
    if (n > 0)
      taken += n;
  }
  if (taken < LIMIT)
    sprintf(result, "less than %zu MiB", (taken >> 20) + 1);
  else
    sprintf(result, "%u MiB, no end seen", LIMIT >> 20);
}

static void stalled_application(enum mode mode, char *result) {
  connect_both(mode);
  fill(proxy, result);
}

static void stalled_proxy(enum mode mode, char *result) {
  connect_both(mode);
  fill(application, result);
}

// The proxy's two sockets alone are in sockmaps: what the server sends goes on to the application inside the kernel.
static void kernel_relay(enum mode mode, char *result) {
  int server, upstream;
  struct sockaddr_in address;
  connect_both(PLAIN);
  connect_pair(&upstream, &server, &address);
  if (mode == MEMBER) {
    load();
    attach("relay", "upstream", BPF_SK_SKB_STREAM_VERDICT);
    put("sockets", 1, &proxy);
    put("upstream", 0, &upstream);
  }
  fill(server, result);
}

static void agent_ends(enum mode mode, char *result) {
  char got[9] = "";
  connect_both(mode);
  send(proxy, "old,", 4, 0);
  if (object)
    bpf_object__close(object); // as the end of the process that loaded it does
  pause_ms(500);
  send(proxy, "new", 3, 0);
  pause_ms(100);
  ssize_t n = recv(application, got, 8, 0);
  sprintf(result, n > 0 ? "%s" : "nothing", got);
}

static void closed_unread(enum mode mode, char *result) {
  connect_both(mode);
  send(proxy, "data", 4, 0);
  pause_ms(100);
  close(application);
  pause_ms(100);
  ssize_t n = recv(proxy, bytes, 4, 0);
  strcpy(result, n == 0 ? "end of input" : strerrorname_np(errno));
}

static const struct {
  const char *what;
  void (*run)(enum mode, char *);
} cases[] = {
    {"the application waits in `recv`, the proxy half-closes", end_of_input},
    {"the same, the proxy resets", reset_arrives},
    {"the same, a signal with `SA_RESTART`, then 4 bytes", signal_arrives},
    {"the same, another thread's `send` has to wait, then 4 bytes", other_thread_sends},
    {"`MSG_WAITALL` for 8 bytes that come as 4 and 4", wait_for_all},
    {"`FIONREAD` with 4 bytes there", bytes_available},
    {"`splice` from the socket with 4 bytes there", splice_away},
    {"`MSG_ZEROCOPY`: when the buffer may be used again", zero_copy},
    {"the application never reads: the kernel takes from the proxy", stalled_application},
    {"the proxy never reads: the kernel takes from the application", stalled_proxy},
    {"`old,` unread, the agent ends, then `new`: the application reads", agent_ends},
    {"the application closes with bytes unread: the proxy sees", closed_unread},
};

static char *result;

// Runs a case in a process of its own, for ten seconds at most.
static void run(void (*one)(enum mode, char *), enum mode mode) {
  strcpy(result, "hangs");
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    alarm(10);
    one(mode, result);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status))
    exit(1);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: %s OBJECT\n", arguments[0]);
    return 2;
  }
  object_file = arguments[1];
  result = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int wrong = 0;
  printf("| | TCP | in a sockmap | its bytes redirected | both ways |\n|---|---|---|---|---|\n");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char plain[64] = "";
    printf("| %s", cases[i].what);
    for (enum mode mode = PLAIN; mode <= BOTH_WAYS; mode++) {
      run(cases[i].run, mode);
      if (mode == PLAIN)
        strcpy(plain, result);
      int same = !strcmp(plain, result);
      wrong += !same;
      printf(same ? " | %s" : " | **%s**", result);
    }
    printf(" |\n");
  }
  printf("\n%d of %zu differ from TCP.\n", wrong, BOTH_WAYS * sizeof cases / sizeof *cases);
  printf("\nOnly sockets of the proxy in sockmaps, the application reads nothing: the kernel takes from the server");
  run(kernel_relay, PLAIN);
  printf(" %s without,", result);
  run(kernel_relay, MEMBER);
  printf(" %s with.\n", result);
}
