#!/usr/bin/env bash
# Makes the image podstamp:VERSION, also called podstamp:latest, and exports it to target/podstamp-image.tar.
#
#     scripts/image.sh [--base IMAGE] [--build-base IMAGE]     with docker, podman or buildah: daemonset/Dockerfile
#     scripts/image.sh --rootfs debian                         with none of them, and without a registry of images
#
# The second form makes the same files with scripts/rootfs.sh, of target/podstamp as scripts/build.sh has left it (or will, if it is not
# there). Its tar is a docker-archive, which containerd, docker and podman load; the same target/podstamp gives the same tar.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

name=podstamp:$(version) latest=podstamp:latest out=target/podstamp-image.tar rootfs='' arguments=()
while [ $# -gt 0 ]; do
  case $1 in
  --base) arguments+=(--build-arg "BASE=${2:?--base: an image}") && shift ;;
  --build-base) arguments+=(--build-arg "BUILD_BASE=${2:?--build-base: an image}") && shift ;;
  --rootfs)
    [ "${2-}" = debian ] || die "--rootfs: ${2-missing} (expected: debian)"
    rootfs=debian && shift
    ;;
  *) die "$1: unknown option (expected: --base IMAGE, --build-base IMAGE, --rootfs debian)" ;;
  esac
  shift
done
mkdir -p target

if [ -z "$rootfs" ]; then
  for tool in docker podman buildah; do
    "$tool" version >/dev/null 2>&1 || continue
    case $tool in
    buildah)
      buildah build -f daemonset/Dockerfile -t "$name" -t "$latest" "${arguments[@]}" .
      buildah push "$name" "docker-archive:$out:$name"
      ;;
    *)
      "$tool" build -f daemonset/Dockerfile -t "$name" -t "$latest" "${arguments[@]}" .
      "$tool" save -o "$out" "$name" "$latest"
      ;;
    esac
    echo "$out"
    exit 0
  done
  die "Neither docker, podman nor buildah works here (expected: one of them, or --rootfs debian)."
fi

[ -x target/podstamp/bin/podstamp ] || scripts/build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts/rootfs.sh "$work/root"

# Everything that is there has to run there. A Java runtime finds its libraries by /proc; the mount goes with its namespace.
inside() { unshare --mount sh -c 'mount --bind /proc "$0/proc" && exec chroot "$0" "$@"' "$work/root" "$@"; }
said=$(inside /opt/podstamp/bin/podstamp --version 2>&1) || die "podstamp does not run on this root file system: $said"
for program in bash cat dirname env ls readlink; do
  said=$(inside "$program" --version 2>&1) || die "$program does not run on this root file system: $said"
done

architecture=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
(
  cd "$work/root"
  shopt -s dotglob
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" -- *
)
layer=$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)
cat >"$work/config.json" <<END
{"architecture": "$architecture", "os": "linux", "created": "1970-01-01T00:00:00Z",
 "config": {"Entrypoint": ["podstamp"], "Env": ["PATH=/opt/podstamp/bin:/usr/sbin:/usr/bin"], "Labels": {
$(sed -nE 's|.*(org\.opencontainers\.[a-z.]+)="(.*)".*|  "\1": "\2",|p' daemonset/Dockerfile | sed '$s/,$//')}},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]}}
END
echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$name\", \"$latest\"], \"Layers\": [\"layer.tar\"]}]" >"$work/manifest.json"
tar -C "$work" --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 -cf "$out" manifest.json config.json layer.tar
echo "$out ($(($(stat -c %s "$work/layer.tar") / 1000000)) MB)"
