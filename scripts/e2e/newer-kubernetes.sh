#!/usr/bin/env bash
# A cluster of current versions for e2e.sh and its like: the scripts of the kit that they are given otherwise, and the programs of Kubernetes,
# etcd, containerd, runc and the CNI plugins, compiled of their Go modules.
#
#     scripts/e2e/newer-kubernetes.sh --cluster DIR [--out DIR]
#
# DIR is as for e2e.sh, a kit for Kubernetes 1.20 on cgroup v1 that keeps its programs in $REALNODE_DIR/built and has been built. Go 1.26 or later has to be on the
# PATH. The last line names the folder that e2e.sh takes as --cluster then. An hour and more on 2 busy cores, once; what is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/lib.sh

kubernetes=1.37.2 etcd=3.7.3 containerd=2.4.2 runc=1.3.4 plugins=1.10.0

kit='' out=/var/tmp/newer-kubernetes
while [ $# -gt 0 ]; do
  case $1 in
  --cluster) kit=$(cd "${2:?--cluster: a folder}" && pwd) && shift ;;
  --out) out=$(realpath -m "${2:?--out: a folder}") && shift ;;
  *) die "$1: unknown option (expected: --cluster DIR, --out DIR)" ;;
  esac
  shift
done
[ -x "$kit/up.sh" ] || die "--cluster: ${kit:-missing} (expected: the folder with the cluster's up.sh)"
older=${REALNODE_DIR:-/var/tmp/realnode}/built
[ -e "$older/stamp" ] || die "$older: nothing built there (expected: what $kit/build.sh makes)"
need_packages gcc:gcc pkg-config:pkgconf
command -v go >/dev/null || die "go: not found (expected: Go 1.26 or later)"

built=$out/built
mkdir -p "$built"/{bin,cni} "$out/modules"
export GOFLAGS=-mod=mod CGO_ENABLED=0

# module NAME REQUIRED VERSION: a module that requires one other, whose programs can be compiled from it then.
module() {
  mkdir -p "$out/modules/$1"
  cd "$out/modules/$1"
  [ -e go.mod ] || printf 'module %s\ngo 1.26.0\nrequire %s v%s\n' "$1" "$2" "$3" >go.mod
}
# program FILE PACKAGE GO-ARGUMENT…
program() {
  [ ! -e "$built/$1" ] || return 0
  echo "compiling $2"
  go build -p 2 -trimpath -o "$built/$1.part" "${@:3}" "$2"
  mv "$built/$1.part" "$built/$1"
}

module kubernetes k8s.io/kubernetes $kubernetes
# Its own go.mod has folders of its repository in place of these, which only the main module may have.
if ! grep -q ^replace go.mod; then
  go mod download -json k8s.io/kubernetes@v$kubernetes | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p' | xargs sed -nE \
    "s,^\s*(k8s\.io/\S+) => \./staging/.*,replace \1 => \1 v0.${kubernetes#*.},p" >>go.mod
fi
flags='-s -w'
for package in component-base/version client-go/pkg/version; do
  flags+=" -X k8s.io/$package.gitVersion=v$kubernetes -X k8s.io/$package.gitMajor=1 -X k8s.io/$package.gitMinor=$(cut -d. -f2 <<<$kubernetes)"
done
for command in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
  program bin/$command k8s.io/kubernetes/cmd/$command -ldflags "$flags"
done
module etcd go.etcd.io/etcd/server/v3 $etcd
program bin/etcd go.etcd.io/etcd/server/v3
module containerd github.com/containerd/containerd/v2 $containerd
for command in containerd containerd-shim-runc-v2 ctr; do program bin/$command github.com/containerd/containerd/v2/cmd/$command; done
module plugins github.com/containernetworking/plugins $plugins
for plugin in main/bridge main/loopback ipam/host-local meta/portmap; do
  program "cni/${plugin#*/}" "github.com/containernetworking/plugins/plugins/$plugin"
done
module runc github.com/opencontainers/runc $runc
if [ ! -e "$built/bin/runc" ]; then # with seccomp, which is C: its headers are unpacked here, not installed
  [ -d seccomp ] || { mkdir seccomp && (cd seccomp && apt-get -qq -o APT::Sandbox::User=root download libseccomp-dev && dpkg -x ./*.deb .); }
  rm -f seccomp/usr/lib/*/libseccomp.so # so that it becomes part of runc
  PKG_CONFIG_SYSROOT_DIR=$PWD/seccomp PKG_CONFIG_PATH=$(echo "$PWD"/seccomp/usr/lib/*/pkgconfig) CGO_ENABLED=1 \
    program bin/runc github.com/opencontainers/runc -tags seccomp
fi
cp -a "$older"/{busybox,images} "$built/"
cp "$older/stamp" "$built/"

# The kit's scripts, with what has changed since 1.20.
rm -rf "$out/kit"
cp -r "$kit" "$out/kit"
chmod -R u+w "$out/kit"
cd "$out/kit"
rm build.sh
# edit FILE SED-ARGUMENT…: fails when it changes nothing
edit() {
  sed -i.before "${@:2}" "$1"
  ! cmp -s "$1" "$1.before" || die "$kit/$1: no longer as this script knows it (${*:2})"
  rm "$1.before"
}
edit lib/common.sh "s|/var/tmp/realnode|$out|"
edit lib/control-plane.sh '/IPv6DualStack/d' # always on now
edit lib/nodes.sh 's/^featureGates: .*/failCgroupV1: false/; s/--container-runtime=remote //; s/"cniVersion": "1.0.0"/"cniVersion": "1.1.0"/'
cat >lib/containerd.toml <<'END'
version = 3
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "localhost/pause:1"
[plugins."io.containerd.cri.v1.runtime"]
  # without CAP_SYS_RESOURCE a negative oom_score_adj is refused and no container starts
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt" # its default, /opt/containerd, would be made on the machine itself
END
echo "$out/kit"
