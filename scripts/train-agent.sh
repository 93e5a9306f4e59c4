#!/usr/bin/env bash
# Has an agent write its AOT cache, from a training run against a stand-in for Kubernetes; scripts/build.sh calls it.
#
#     scripts/train-agent.sh OUT FOLDER [pods]
#
# OUT is target/podstamp, FOLDER a temporary one with the compiled TrainingNode in classes/. With `pods` it captures Pods too, and has to be
# run by scripts/in-own-node.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

find_jdk
out=$1 training=$2 pods=${3-} started=()
rm -rf "$out/aot" "$training/kubeconfig" "$training/state" # of a run that failed
trap 'kill "${started[@]}" 2>/dev/null || true' EXIT
node=("$JAVA_HOME/bin/java" -XX:-UsePerfData -cp "$training/classes:cni-plugin/target/classes" TrainingNode)

"${node[@]}" api "$training/kubeconfig" &
started+=($!)
until [ -e "$training/kubeconfig" ]; do
  kill -0 "${started[0]}" || die "The training run has no API server."
  sleep 0.1
done

echo 'ports: [80]' >"$training/config.yaml"
PODSTAMP_AOT_OPTION="-XX:AOTCacheOutput=$PWD/$out/aot" "$out/bin/podstamp" agent --node-name none --drain 0 \
  --config "$training/config.yaml" --kubeconfig "$training/kubeconfig" --state-dir "$training/state" --netns-dir "$training" \
  --socket "$training/cni.sock" --admin 127.0.0.1:0 --metrics 127.0.0.1:0 >"$training/log" 2>&1 &
agent=$!
started+=("$agent")
until grep -q 'serving CNI' "$training/log"; do
  kill -0 "$agent" || die "$(cat "$training/log")"
  sleep 0.1
done
[ -z "$pods" ] || "${node[@]}" pods "$training/cni.sock" || die "The training run failed: $(cat "$training/log")"
kill "$agent"
wait "$agent" || die "The agent ended with status $?: $(cat "$training/log")"
[ -s "$out/aot" ] || die "The agent's training run left no AOT cache: $(cat "$training/log")"
