#!/usr/bin/env bash
# Prints what an application sees on this kernel when an eBPF sockmap takes its connection to the proxy out of TCP: why
# podstamp does not do it (docs/DECISIONS.md), and how to tell when it may. Needs root.
#
#     scripts/sockmap-facts.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_packages clang:clang /usr/include/bpf:libbpf-dev /usr/include/arpa:libc6-dev
source=lab/src/main/sockmap
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
clang -O2 -g -target bpf -isystem "/usr/include/$(clang -print-target-triple | sed 's/-pc//')" -c $source/facts.bpf.c -o "$out/facts.bpf.o"
clang -O2 -Wall -Wextra -Werror $source/facts.c -o "$out/facts" -lbpf
echo "Linux $(uname -r)"
echo
scripts/in-own-node.sh "$out/facts" "$out/facts.bpf.o"
