# shellcheck shell=bash disable=SC2154  # sourced by release.sh
# Sourced by release.sh: each artefact of a release, the same bytes for the same source.

# Plain owners, one time, one order; a link is what it leads to.
pack() { # FILE FOLDER NAME…
  tar -C "$2" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w --dereference -cf - -- "${@:3}" | gzip -9n >"$1"
}

make_all() {
  local out=$1 stage
  rm -rf "$out"
  mkdir -p "$out"
  stage=$(mktemp -d)
  cp -rL daemonset/chart "$stage/podstamp"
  pack "$out/podstamp-$version.tgz" "$stage" podstamp
  mkdir "$stage/podstamp-$version"
  cp -r daemonset/{base,overlays,admission,monitoring,combine.sh} "$stage/podstamp-$version"
  pack "$out/podstamp-manifests-$version.tar.gz" "$stage" "podstamp-$version"
  pack "$out/kubectl-podstamp-$version.tar.gz" kubectl kubectl-podstamp kubectl_complete-podstamp
  sed "/^#/d; s|@VERSION@|$version|; s|@URI@|$uri|; s|@SHA256@|$(sha256sum <"$out/kubectl-podstamp-$version.tar.gz" | cut -d' ' -f1)|" \
    kubectl/krew.yaml >"$out/podstamp.yaml"
  rm -r "$stage"
  [ -z "$image" ] || make_image "$out"
}

make_image() {
  local architecture
  architecture=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  scripts/build.sh
  scripts/image.sh --rootfs debian
  gzip -9n <target/podstamp-image.tar >"$1/podstamp-$version-image-$architecture.tar.gz"
  scripts/release/sbom.sh "$1/podstamp-$version-image-$architecture.cdx.json"
}

# What no two builds have alike: archives that a Java virtual machine writes of its own memory.
differs='opt/podstamp/(aot|runtime/lib/server/classes.jsa|cni/podstamp.d/(aot|runtime/lib/server/classes.jsa))'

same_files() {
  local file bad=''
  [ "$(ls "$1")" = "$(ls "$2")" ] || die "The two have other files: $(diff <(ls "$1") <(ls "$2"))"
  for file in "$2"/*; do
    if cmp -s "$1/${file##*/}" "$file"; then
      echo "the same, byte for byte: ${file##*/}"
    elif [[ $file = *-image-*.tar.gz ]] && [ -z "$(diff <(layer_sums "$1/${file##*/}") <(layer_sums "$file") | grep '^[<>]' | grep -vE " $differs$")" ]; then
      echo "the same but for the virtual machine's archives: ${file##*/}"
    else
      bad="$bad ${file##*/}"
    fi
  done
  [ -z "$bad" ] || die "Made twice, and not the same:$bad"
}
# DIGEST NAME of each file of an image's layer.
layer_sums() { tar -xzOf "$1" layer.tar | tar -xf - --to-command='sha256sum | sed "s| .*| $TAR_FILENAME|"'; }

checksums() { (cd "$1" && sha256sum -- * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS); }

sign() { # FOLDER KEY: SHA256SUMS.sig, and the public key where the tool tells it
  local head
  head=$(head -1 "$2")
  case $head in
  *COSIGN* | *SIGSTORE*) cosign sign-blob --yes --key "$2" --output-signature "$1/SHA256SUMS.sig" "$1/SHA256SUMS" ;;
  "untrusted comment:"*) minisign -Sm "$1/SHA256SUMS" -s "$2" -x "$1/SHA256SUMS.sig" ;;
  *PRIVATE*)
    openssl pkeyutl -sign -rawin -inkey "$2" -in "$1/SHA256SUMS" -out "$1/SHA256SUMS.sig"
    openssl pkey -in "$2" -pubout -out "$1/podstamp-release.pub"
    ;;
  *) die "--key: $2: begins with '$head' (expected: a private key of cosign, minisign or openssl)" ;;
  esac
}
