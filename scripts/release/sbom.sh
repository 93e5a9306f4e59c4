#!/usr/bin/env bash
# What the image is made of, as CycloneDX: the jars of target/podstamp by their Maven coordinates, the Debian packages whose files are in
# target/podstamp-image.tar, and the Java runtime. A jar that Maven does not account for, or the other way round, is an error.
#
#     scripts/release/sbom.sh FILE
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/lib.sh

out=${1:?a file}
find_jdk
need_packages mvn:maven jq:jq
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

log=$("$MVN" -B -ntp -DskipTests -Dspotless.check.skip package org.cyclonedx:cyclonedx-maven-plugin:makeBom -pl cni-plugin,node-proxy 2>&1) || die "$log"

for jar in target/podstamp/lib/*.jar; do
  printf '%s %s\n' "$(sha256sum <"$jar" | cut -d' ' -f1)" "$(basename "$jar")"
done | jq -nR '[inputs | split(" ") | {key: .[0], value: .[1]}] | from_entries' >"$work/jars.json"

tar -xOf target/podstamp-image.tar layer.tar | tar -xf - -C "$work" var/lib/dpkg/status.d usr/lib/os-release
for package in "$work"/var/lib/dpkg/status.d/*; do
  field() { sed -n "s/^$1: //p" "$package"; }
  jq -n --arg name "$(field Package)" --arg version "$(field Version)" --arg arch "$(field Architecture)" '
    {type: "library", "bom-ref": "pkg:deb/debian/\($name)@\($version)?arch=\($arch)", name: $name, version: $version,
      purl: "pkg:deb/debian/\($name)@\($version | @uri)?arch=\($arch)"}'
done | jq -s . >"$work/packages.json"

java=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' target/podstamp/runtime/release)
[ -n "$java" ] || java=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' target/podstamp/runtime/release)
jq --slurpfile jars "$work/jars.json" --slurpfile packages "$work/packages.json" --arg java "$java" --arg version "$(version)" '
  def sha: .hashes[]? | select(.alg == "SHA-256") | .content;
  .components |= (map(select(sha as $sha | $jars[0] | has($sha))) + $packages[0]
    + [{type: "platform", "bom-ref": "pkg:generic/openjdk@\($java)", name: "openjdk", version: $java, purl: "pkg:generic/openjdk@\($java)"}])
  | .metadata.component.type = "container" | .metadata.component.name = "podstamp"
  | (.components | map(.["bom-ref"])) as $refs
  | .dependencies |= map(select(.ref as $ref | $refs | index($ref)) | .dependsOn |= (. // [] | map(select(. as $on | $refs | index($on)))))
' node-proxy/target/bom.json >"$out"

missing=$(jq -r --slurpfile bom "$out" '
  [$bom[0].components[].hashes[]? | select(.alg == "SHA-256") | .content] as $known
  | to_entries[] | select(.key as $key | $known | index($key) | not) | .value' "$work/jars.json" | grep -v "^podstamp-node-proxy-" || true)
[ -z "$missing" ] || die "Jars of the image that Maven does not account for: $missing"
echo "$out: $(jq '.components | length' "$out") components"
