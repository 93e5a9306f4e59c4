#!/usr/bin/env bash
# Makes a release of the version that pom.xml has, in target/release, and tags it: the image, the Helm chart, the manifests, the kubectl
# plugin with its manifest for krew, a list of what the image is made of (CycloneDX), checksums and their signature.
#
#     scripts/release.sh [--dry-run] [--without-image] [--key FILE] [--uri ADDRESS] [--out DIR]
#
# --dry-run makes everything twice, compares the two, and neither asks for a clean tree nor tags. --key is a private key for cosign, minisign or
# openssl, by what it begins with. --uri is where the files will be found, for krew. docs/releasing.md tells the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/release/parts.sh

dry='' image=yes key='' uri='@URI@' out=target/release
while [ $# -gt 0 ]; do
  case $1 in
  --dry-run) dry=yes ;;
  --without-image) image='' ;;
  --key) key=${2:?--key: a file} && shift ;;
  --uri) uri=${2:?--uri: an address} && shift ;;
  --out) out=${2:?--out: a folder} && shift ;;
  *) die "$1: unknown option (expected: --dry-run, --without-image, --key FILE, --uri ADDRESS, --out DIR)" ;;
  esac
  shift
done
version=$(version)
tag=v$version
[ -z "$key" ] || [ -r "$key" ] || die "--key: $key: cannot be read (expected: a private key)"
grep -q "^## ${version%-SNAPSHOT}\b" CHANGELOG.md || die "CHANGELOG.md: nothing of $version (expected: a heading '## ${version%-SNAPSHOT}')"
if [ -z "$dry" ]; then
  [ -n "$image" ] || die "--without-image: only with --dry-run"
  [[ $version != *-SNAPSHOT ]] || die "version: $version (expected: a release: scripts/version.sh ${version%-SNAPSHOT}, and a commit)"
  [ -z "$(git status --porcelain)" ] || die "The tree has changes (expected: all committed, since the tag is to be what was built)"
  ! git rev-parse -q --verify "refs/tags/$tag" >/dev/null || die "$tag: is tagged already (expected: a new version)"
fi

if [ -n "$dry" ]; then
  rm -rf "$out.twice"
  make_all "$out.twice"
fi
make_all "$out"
if [ -n "$dry" ]; then
  same_files "$out.twice" "$out"
  rm -rf "$out.twice"
fi
checksums "$out"
[ -z "$key" ] || sign "$out" "$key"
[ -n "$dry" ] || git tag -a "$tag" -m "podstamp $version"
ls -l "$out"
