#!/usr/bin/env bash
# The Helm chart by the real helm: every preset and option renders the objects that kustomize makes of its overlay, and each bad value
# of daemonset/chart-tests/refused.yaml is refused by a line that names key, value and what is expected.
#
#     scripts/e2e-chart.sh [--helm FILE] [--kubectl FILE] [--cluster DIR [--built]]
#
# helm 3.19 or later, or 4: `go install helm.sh/helm/v3/cmd/helm@v3.22.0` makes one. With --cluster, DIR
# being as for e2e.sh, the chart is installed, upgraded, rolled back and uninstalled there too, by helm 3.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/e2e/checks.sh

helm=helm kubectl=kubectl kit='' built='' nodes=2 keep=''
while [ $# -gt 0 ]; do
  case $1 in
  --helm) helm=${2:?--helm: a file} && shift ;;
  --kubectl) kubectl=${2:?--kubectl: a file} && shift ;;
  --cluster) kit=$(cd "${2:?--cluster: a folder}" && pwd) && shift ;;
  --built) built=yes ;;
  *) die "$1: unknown option (expected: --helm FILE, --kubectl FILE, --cluster DIR, --built)" ;;
  esac
  shift
done
for tool in "$helm" "$kubectl"; do
  command -v "$tool" >/dev/null || die "$tool: not found (expected: helm and kubectl on the PATH, or --helm and --kubectl)"
done
need_packages jq:jq yq:yq
work=$(mktemp -d)
trap 'rm -rf "$work"; summary' EXIT

chart=daemonset/chart
render() { "$helm" template podstamp $chart -n podstamp --api-versions monitoring.coreos.com/v1 "$@" 2>"$work/said"; }

# Objects as sorted JSON: without the chart's labels, without what is empty, the config parsed.
normal() {
  yq -c 'select(. != null)' | while IFS= read -r object; do
    config=$(jq -r '.data["config.yaml"] // empty' <<<"$object")
    [ -z "$config" ] || object=$(jq -c --argjson config "$(yq -c . <<<"$config")" '.data["config.yaml"] = $config' <<<"$object")
    echo "$object"
  done | jq -sS '
    sort_by(.kind, .metadata.name) | map(
      del(.metadata.labels["helm.sh/chart", "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version",
        "app.kubernetes.io/managed-by"])
      | walk(if type == "object" then with_entries(select(.value != null and .value != {})) else . end))'
}
same() { # OVERLAY HELM-ARGUMENT…
  local overlay=$1
  "$kubectl" kustomize "$overlay" | normal >"$work/kustomize"
  render --kube-version 1.29.0 --set namespace.create=true "${@:2}" | normal >"$work/helm"
  [ -s "$work/helm" ] && diff -u "$work/kustomize" "$work/helm"
}

lint() { "$helm" lint --strict $chart "$@" >"$work/said" 2>&1 || { cat "$work/said"; return 1; }; }
check "helm lint" lint
plain=(--set surge=false)
check "kustomize's base and the chart: the same objects" same daemonset/base "${plain[@]}"
for preset in "$chart"/presets/*.yaml; do
  name=$(basename "$preset" .yaml)
  check "the same objects: $name" same "daemonset/overlays/$name" "${plain[@]}" -f "$preset"
  check "helm lint: $name" lint -f "$preset"
done
check "the same objects: surge, which current servers get" same daemonset/overlays/surge
# Its chart has the field alone.
apparmor_field() {
  "$kubectl" kustomize daemonset/overlays/apparmor-field | sed '/container.apparmor.security/d' | normal >"$work/kustomize"
  render --kube-version 1.30.0 --set namespace.create=true "${plain[@]}" | normal >"$work/helm"
  [ -s "$work/helm" ] && diff -u "$work/kustomize" "$work/helm"
}
check "the same objects: apparmor-field, which current servers get" apparmor_field
check "the same objects: write-status" same daemonset/overlays/write-status "${plain[@]}" --set agent.writeStatus=true
check "the same objects: events" same daemonset/overlays/events "${plain[@]}" --set agent.events=true
check "the same objects: monitoring" same daemonset/overlays/monitoring "${plain[@]}" \
  --set metrics.onNodeAddress=true --set metrics.scrapeAnnotations=true
check "the same objects: taint" same daemonset/overlays/taint "${plain[@]}" --set untaint=true
check "the same objects: identity-key" same daemonset/overlays/identity-key "${plain[@]}" --set agent.identityKey=true
check "the same objects: signer" same daemonset/overlays/signer "${plain[@]}" --set signer.enabled=true
overlays() { find daemonset/overlays -mindepth 1 -maxdepth 1 -printf '%f\n' | sort; }
check "every overlay was compared" equal "$(overlays)" \
  "$( (find $chart/presets -name '*.yaml' -printf '%f\n' | sed 's/\.yaml$//'; printf '%s\n' surge apparmor-field write-status events monitoring taint identity-key signer) | sort)"

pod_of() { render "$@" | yq -c 'select(.kind == "DaemonSet") | .spec.template'; }
check "Kubernetes 1.20: no surge" equal 1 "$(render --kube-version 1.20.2 | yq 'select(.kind == "DaemonSet") | .spec.updateStrategy.rollingUpdate.maxUnavailable')"
check "Kubernetes 1.29: AppArmor by the annotation" equal unconfined \
  "$(pod_of --kube-version 1.29.0 | jq -r '.metadata.annotations["container.apparmor.security.beta.kubernetes.io/agent"]')"
check "Kubernetes 1.30: AppArmor by the field alone" equal 'null Unconfined' \
  "$(pod_of --kube-version 1.30.0 | jq -r '"\(.metadata.annotations) \(.spec.containers[0].securityContext.appArmorProfile.type)"')"
check "the image's tag is the chart's version" equal "podstamp:$(version)" "$(pod_of | jq -r '.spec.containers[0].image')"
check "a digest wins" equal "r/p@sha256:$(printf '0%.0s' {1..64})" \
  "$(pod_of --set image.repository=r/p --set "image.digest=sha256:$(printf '0%.0s' {1..64})" | jq -r '.spec.containers[0].image')"
config_of() { render -f - <<<"config: $1" | yq -r 'select(.kind == "ConfigMap") | .data["config.yaml"]'; }
check "the words on and off stay what they are" equal '"off"' "$(config_of '{connectionLog: off}' | yq .connectionLog)"
check "connect: true stays a truth value" equal true "$(config_of '{connect: true}' | yq .connect)"
check "the grace period outlasts the drain" equal 330 "$(pod_of --set agent.drain=300 | jq .spec.terminationGracePeriodSeconds)"
check "a Node's own release namespace: all objects are in it" equal other \
  "$("$helm" template podstamp $chart -n other 2>/dev/null | yq -r 'select(.metadata.namespace) | .metadata.namespace' | sort -u)"

monitoring=(--set metrics.podMonitor.enabled=true --set metrics.prometheusRule.enabled=true --set metrics.dashboard.enabled=true)
object() { render "${monitoring[@]}" | yq -c "select(.kind == \"$1\" and .metadata.name == \"$2\")"; }
check "PrometheusRule: the alerts as they stand" equal "$(yq -S .groups daemonset/monitoring/alerts.yaml)" "$(object PrometheusRule podstamp | jq -S .spec.groups)"
check "dashboard: as it stands" equal "$(jq -S . daemonset/monitoring/dashboard.json)" "$(object ConfigMap podstamp-dashboard | jq -r '.data["podstamp.json"]' | jq -S .)"
check "PodMonitor brings the Node's address with it" says "$(render "${monitoring[@]}")" '--metrics=$(HOST_IP):15912'

# Documents of one file, each with a comment `# KEY | VALUE | EXPECTED` at its head.
refused() {
  local part
  ! render -f "$1" >/dev/null || return 1
  while IFS= read -r part; do
    grep -F -- "$part" "$work/said" >"$work/line" || { cat "$work/said"; return 1; }
    mv "$work/line" "$work/said"
  done < <(sed -n '1s/^# //p' "$1" | sed 's/ | /\n/g')
}
csplit -sz -f "$work/bad-" -b %02d daemonset/chart-tests/refused.yaml '/^# /' '{*}'
for bad in "$work"/bad-*; do
  sed -i '/^---$/d' "$bad"
  check "refused: $(sed 1d "$bad" | tr '\n' ' ')" refused "$bad"
done
check "at least forty were" test "$(find "$work" -name 'bad-*' | wc -l)" -ge 40

[ -n "$kit" ] || exit 0
[ -x "$kit/up.sh" ] || die "--cluster: $kit (expected: the folder with the cluster's up.sh)"
[ "$(id -u)" -eq 0 ] || die "e2e-chart.sh --cluster starts a cluster, which needs root."
need_packages nginx:nginx-light
rm -rf "$work"
. scripts/e2e/cluster.sh
. scripts/e2e/story.sh
. scripts/e2e/manifests.sh
. scripts/e2e/chart.sh
begin_with_image
tell_helm
