#!/usr/bin/env bash
# One folder for `kubectl apply -k` of several overlays. Kustomize alone cannot combine them, since each brings the base.
#
#     daemonset/combine.sh my-podstamp gke surge monitoring
#
# Each overlay lies on the one named before it. kustomization.yaml and config.yaml of the folder are yours: made once, with the shipped
# config, and left alone when this is run again, with other overlays or of another release.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { echo "combine.sh: too few arguments (expected: FOLDER OVERLAY…; overlays: $(cd "$here/overlays" && echo *))" >&2; exit 2; }
out=$1
shift
for overlay in "$@"; do
  [ -f "$here/overlays/$overlay/kustomization.yaml" ] ||
    { echo "combine.sh: overlay: $overlay (expected: one of $(cd "$here/overlays" && echo *))" >&2; exit 2; }
done

mkdir -p "$out"
rm -rf "$out/parts"
mkdir "$out/parts"
cp -r "$here/base" "$out/parts/base"
before=base
for overlay in "$@"; do
  cp -r "$here/overlays/$overlay" "$out/parts/$overlay"
  sed -i "s|^  - ../../base\$|  - ../$before|" "$out/parts/$overlay/kustomization.yaml"
  before=$overlay
done
mkdir "$out/parts/all"
printf 'bases:\n  - ../%s\n' "$before" >"$out/parts/all/kustomization.yaml"

[ -e "$out/config.yaml" ] || sed 's|^# Read again.*|# Yours: combine.sh leaves it alone.|' "$here/base/config.yaml" >"$out/config.yaml"
[ -e "$out/kustomization.yaml" ] || cat >"$out/kustomization.yaml" <<'END'
# Yours: combine.sh leaves it alone.
bases:
  - parts/all
patchesStrategicMerge:
  - config.yaml
# images:
#   - {name: podstamp, newName: REGISTRY/podstamp, newTag: "1"}
END
