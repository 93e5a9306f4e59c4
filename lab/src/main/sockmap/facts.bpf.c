// For facts.c: takes the hop between two sockets out of TCP, and relays between two connections inside the kernel.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum { APPLICATION, PROXY };

// Where the proxy's end is bound, and whose bytes are redirected.
struct setting {
  __u32 proxy_port;
  __u32 from_application;
  __u32 from_proxy;
};

struct {
  __uint(type, BPF_MAP_TYPE_SOCKHASH);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u32);
} sockets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct setting);
} settings SEC(".maps");

// What one of them sends is put into the other's queue. SK_PASS lets bytes go by TCP unless they have been redirected.
SEC("sk_msg")
int redirect(struct sk_msg_md *message) {
  __u32 zero = 0;
  struct setting *setting = bpf_map_lookup_elem(&settings, &zero);
  if (!setting)
    return SK_PASS;
  int from_proxy = message->local_port == setting->proxy_port;
  if (!(from_proxy ? setting->from_proxy : setting->from_application))
    return SK_PASS;
  __u32 to = from_proxy ? APPLICATION : PROXY;
  bpf_msg_redirect_hash(message, &sockets, &to, BPF_F_INGRESS);
  return SK_PASS;
}

// Sockets whose bytes are sent on by the proxy's.
struct {
  __uint(type, BPF_MAP_TYPE_SOCKHASH);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} upstream SEC(".maps");

SEC("sk_skb/stream_verdict")
int relay(struct __sk_buff *bytes) {
  __u32 proxy = PROXY;
  return bpf_sk_redirect_hash(bytes, &sockets, &proxy, 0);
}

// Some helpers are for GPL-compatible programs only.
char gpl_compatible[] SEC("license") = "Dual BSD/GPL";
