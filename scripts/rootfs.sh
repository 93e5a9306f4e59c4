#!/usr/bin/env bash
# Makes the image's root file system in the folder DIR, of Debian packages and target/podstamp. Only what podstamp runs is
# taken: sh and bash, cat, dirname, env, ls and readlink, and the libraries these are linked to.
#
#     scripts/rootfs.sh DIR
#
# It needs no root and installs nothing. daemonset/Dockerfile and scripts/image.sh both have their files from here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

root=${1:?a folder that is not there yet}
[ ! -e "$root" ] || die "$root: exists (expected: a folder that is not there yet)"
[ -x target/podstamp/bin/podstamp ] || die "target/podstamp: missing (expected: what scripts/build.sh makes)"

packages=(base-files libc6 libgcc-s1 zlib1g dash bash coreutils libselinux1 libpcre2-8-0 libtinfo6)
programs=(sh dash bash cat dirname env ls readlink)

need_packages dpkg-deb:dpkg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download -q "${packages[@]}") >"$work/log" 2>&1 || die "$(tail -5 "$work/log")"

umask 022
mkdir -p "$root/usr/"{bin,sbin,lib,lib64} "$root/"{etc,tmp,run,var/lib/dpkg/status.d,proc,sys,dev}
ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
ln -s ../run "$root/var/run"
chmod 1777 "$root/tmp"
for package in "$work"/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink --no-same-owner --exclude=./var/run --exclude='*/gconv'
  # Where scanners look for what an image is made of.
  name=$(basename "$package")
  dpkg-deb --field "$package" >"$root/var/lib/dpkg/status.d/${name%%_*}"
done
(
  cd "$root"
  find usr/bin usr/sbin -mindepth 1 -printf '%f\n' | grep -vxFf <(printf '%s\n' "${programs[@]}") |
    sed 's|.*|usr/bin/& usr/sbin/&|' | xargs rm -f
  find usr/share -mindepth 1 -maxdepth 1 ! -name doc -exec rm -r {} +
  find usr/share/doc ! -type d ! -name copyright -delete
  rm -rf boot home media mnt opt srv root/.* var/{backups,cache,local,lock,log,mail,opt,spool,tmp} etc/{profile.d,skel,update-motd.d}
)
echo 'root:x:0:0:root:/:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"

mkdir "$root/opt"
cp -a target/podstamp "$root/opt/podstamp"
install -m 755 daemonset/alive.sh "$root/opt/podstamp/alive"
# One time for all files: the same input gives the same image.
find "$root" -exec touch --no-dereference --date=@0 {} +
