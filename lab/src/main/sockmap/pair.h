// A connection over loopback, as an application and the proxy have one, in a sockmap or not. For facts.c.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// By TCP; in a sockmap and by TCP still; what the application sends is redirected; what either sends is.
enum mode { PLAIN, MEMBER, ONE_WAY, BOTH_WAYS };

static const char *object_file;
static struct bpf_object *object;
static int application, proxy;

static void need(int ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    _exit(1);
  }
}

static int map(const char *name) {
  return bpf_object__find_map_fd_by_name(object, name);
}

// Two ends of a connection over loopback.
static void connect_pair(int *client, int *server, struct sockaddr_in *address) {
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof *address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  need(!bind(listener, (void *)address, length) && !listen(listener, 1), "listen");
  getsockname(listener, (void *)address, &length);
  *client = socket(AF_INET, SOCK_STREAM, 0);
  need(!connect(*client, (void *)address, length), "connect");
  need((*server = accept(listener, 0, 0)) >= 0, "accept");
}

static void attach(const char *name, const char *to, enum bpf_attach_type type) {
  int program = bpf_program__fd(bpf_object__find_program_by_name(object, name));
  need(!bpf_prog_attach(program, map(to), type, 0), name);
}

static void put(const char *into, __u32 key, const void *value) {
  need(!bpf_map_update_elem(map(into), &key, value, 0), into);
}

static void load(void) {
  object = bpf_object__open_file(object_file, 0);
  need(object && !bpf_object__load(object), "load");
}

// As an application and the proxy in its namespace have them.
static void connect_both(enum mode mode) {
  struct sockaddr_in address;
  connect_pair(&application, &proxy, &address);
  if (mode == PLAIN)
    return;
  load();
  attach("redirect", "sockets", BPF_SK_MSG_VERDICT);
  __u32 setting[] = {ntohs(address.sin_port), mode >= ONE_WAY, mode == BOTH_WAYS};
  put("settings", 0, setting);
  put("sockets", 0, &application);
  put("sockets", 1, &proxy);
}

static void reset(int socket) {
  struct linger now = {1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket);
}
