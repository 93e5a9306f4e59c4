# shellcheck shell=bash disable=SC2154  # sourced by e2e.sh
# Sourced by e2e.sh: what only Kubernetes 1.30 and later has.

signer_ip=10.96.200.200 # no DNS there
signer_url=https://$signer_ip
is_current() { [ "$(server_minor)" -ge 30 ]; }
server_minor() { kubectl get --raw /version | sed -nE 's/.*"minor": *"([0-9]+).*/\1/p'; }

# Objects from stdin are taken by the API server, without a warning but that which the overlay apparmor-field is for.
taken() {
  local said
  if said=$(kubectl apply --dry-run=server --validate=strict -f - 2>&1 >/dev/null); then
    said=$(grep -vF 'container.apparmor.security.beta.kubernetes.io/agent]: deprecated since v1.30' <<<"$said") || return 0
    [ -n "$said" ] || return 0
  fi
  echo "        $said"
  return 1
}

tell_objects() {
  local o
  kubectl apply -f daemonset/base/namespace.yaml >/dev/null
  for o in daemonset/base daemonset/overlays/*; do
    check "taken without a warning: $o" taken_overlay "$o"
  done
  check "with AppArmor as a field there is no warning at all" equal "" \
    "$(kubectl kustomize daemonset/overlays/apparmor-field 2>/dev/null | kubectl apply --dry-run=server -f - 2>&1 >/dev/null)"
  for o in daemonset/admission/*.yaml daemonset/examples/*.yaml; do
    check "taken without a warning: $o" taken <"$o"
  done
  if command -v helm >/dev/null; then
    check "taken without a warning: the chart" taken < <(helm template podstamp daemonset/chart -n podstamp \
      --kube-version "1.$(server_minor).0" --set signer.enabled=true --set untaint=true --set agent.events=true --set agent.writeStatus=true)
  fi
  kubectl delete namespace podstamp >/dev/null
}
taken_overlay() { kubectl kustomize "$1" 2>/dev/null | taken; }

tell_admission() {
  kubectl apply -f daemonset/admission/annotations.yaml -f daemonset/admission/no-override.yaml >/dev/null
  check "admission: the API server has compiled each policy" within 60 all_policies_observed
  check "admission: and finds nothing wrong in them" equal "" "$(kubectl get validatingadmissionpolicies -o jsonpath='{.items[*].status.typeChecking.expressionWarnings}')"
  check "admission: they are in force" within 30 refused_by_policy podstamp.io/ports=http
  kubectl delete -f daemonset/admission/no-override.yaml >/dev/null
  check "admission: what the agent takes is taken, what it refuses is refused" policies_agree
  kubectl apply -f daemonset/admission/no-override.yaml >/dev/null
  kubectl create namespace firm >/dev/null
  kubectl create namespace free >/dev/null
  kubectl label namespace free podstamp.io/pods-may-override=true >/dev/null
  check "no-override: no Pod switches itself off" within 30 refuses_pod firm '{"podstamp.io/enabled": "false"}'
  check "no-override: nor says a profile" refuses_pod firm '{"podstamp.io/profile": "transparent"}'
  check "no-override: it may switch itself on" takes_pod firm '{"podstamp.io/enabled": "true"}'
  check "no-override: where the Namespace lets it, a Pod may do both" takes_pod free '{"podstamp.io/enabled": "false", "podstamp.io/profile": "strict"}'
  check "no-override: templates too" says "$(kubectl -n firm apply --dry-run=server -f - <<<"$(deployment '{"podstamp.io/enabled": "false"}')" 2>&1)" \
    "podstamp.io/enabled: not for Pods of this Namespace to switch off"
  kubectl delete -f daemonset/admission/annotations.yaml -f daemonset/admission/no-override.yaml >/dev/null
  kubectl delete namespace firm free --wait=false >/dev/null
}
all_policies_observed() {
  [ "$(kubectl get validatingadmissionpolicies -o jsonpath='{range .items[*]}{.status.observedGeneration}{end}')" = 111111 ]
}
refused_by_policy() { says "$(kubectl annotate namespace default --dry-run=server "$1" 2>&1)" "${1%%=*}: '${1#*=}' (expected: " >/dev/null; }
policies_agree() {
  "$MVN" -B -ntp -q ${offline-} -pl cni-plugin,node-proxy -Dtest=RealAdmission -Dsurefire.failIfNoSpecifiedTests=false \
    -Dpodstamp.kubeconfig="$KUBECONFIG" test >"$work/admission.log" 2>&1 || { tail -30 "$work/admission.log"; return 1; }
}
a_pod() { echo '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "annotations": '"$1"'}, "spec": '"$(a_spec)"'}'; }
a_spec() { echo '{"containers": [{"name": "x", "image": "x"}]}'; }
deployment() {
  echo '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"}, "spec": {"selector": {"matchLabels": {"x": "x"}}, "template":
    {"metadata": {"labels": {"x": "x"}, "annotations": '"$1"'}, "spec": '"$(a_spec)"'}}}'
}
takes_pod() { a_pod "$2" | kubectl -n "$1" create --dry-run=server -f - >/dev/null; }
refuses_pod() { says "$(a_pod "$2" | kubectl -n "$1" create --dry-run=server -f - 2>&1)" "not for Pods of this Namespace to"; }

# The signer, whom the API server itself tells whose a token is.
tell_signer() {
  local i agent
  kubectl create namespace podstamp >/dev/null
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=podstamp-signer \
    -addext "subjectAltName=IP:$signer_ip" -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
  kubectl -n podstamp create secret tls podstamp-signer-tls --cert="$work/tls.crt" --key="$work/tls.key" >/dev/null
  signer_folder
  kubectl create namespace shop >/dev/null
  kubectl annotate namespace shop podstamp.io/enabled=true >/dev/null
  kubectl apply -k "$work/signer" >/dev/null 2>&1
  check "signer: two of them become Ready" quietly kubectl -n podstamp rollout status deployment/podstamp-signer --timeout=240s
  check "signer: the agents become Ready" quietly kubectl -n podstamp rollout status daemonset/podstamp --timeout=240s
  check "signer: every Node is chained" within 20 all_chained
  sleep 1
  for i in $(seq "$nodes"); do run_pod shop "web-$i" "$i"; done
  for i in $(seq "$nodes"); do
    check "signer: requests of node $i carry a token" within 120 carries_token "web-$i"
    check "signer: it is the Pod's" says "$(claims "web-$i")" "\"pod\":{\"name\":\"web-$i\",\"uid\":\"$(uid_of shop "web-$i")\"}"
    check "signer: with its Node" says "$(claims "web-$i")" "\"node\":{\"name\":\"$(node_name "$i")\"}"
    check "signer: signed by a published key" signature_is_good "web-$i"
  done

  agent=$(kubectl -n podstamp get pods -l app.kubernetes.io/name=podstamp --field-selector "spec.nodeName=$(node_name 1)" -o jsonpath='{.items[0].metadata.name}')
  pod_manifest podstamp other 1 | sed 's/^spec:$/&\n  serviceAccountName: podstamp/' | kubectl apply -f - >/dev/null
  tell_callers "$agent"
  kubectl delete -k "$work/signer" --wait=false >/dev/null 2>&1
  check "signer: deleted, the agents go" within 90 agents_gone
  check "signer: deleted, Pods go" quietly kubectl delete namespace shop --timeout=120s
  check "signer: deleted, the namespace goes" within 150 namespace_gone
}

# tell_callers AGENT: whom the signer answers, where AGENT is an agent's Pod on node 1, podstamp/other there one with the agents' account, shop/web-1 there
# and shop/web-2 on node 2, if there is one, any.
tell_callers() {
  local kept own to_pod=(--bound-object-kind=Pod --bound-object-name)
  own=(podstamp podstamp --audience=podstamp-signer)
  check "signer: an agent's token gets a Pod of its Node signed" within 20 answers "$(token_of "${own[@]}" "${to_pod[@]}=$1")" web-1 '"token":'
  [ "$nodes" = 1 ] || check "signer: and no Pod of another Node" answers "$(token_of "${own[@]}" "${to_pod[@]}=$1")" web-2 "that Pod is on another Node"
  check "signer: an agent's token for another audience is none" answers "$(token_of podstamp podstamp "${to_pod[@]}=$1")" web-1 "401 the API server does not know"
  check "signer: the agents' account, bound to no Pod, is a stranger" answers "$(token_of "${own[@]}")" web-1 "403 its token is bound to no live Pod"
  check "signer: so it is bound to a Node" answers \
    "$(token_of "${own[@]}" --bound-object-kind=Node --bound-object-name="$(node_name 1)")" web-1 "403 its token is bound to no live Pod"
  check "signer: and to a Pod that is no agent" answers "$(token_of "${own[@]}" "${to_pod[@]}=other")" web-1 "403 its token is bound to no live Pod of DaemonSet"
  check "signer: another account with the right audience is one" answers "$(token_of shop default "${own[2]}" "${to_pod[@]}=web-1")" web-1 \
    "403 expected: system:serviceaccount:podstamp:podstamp"
  kept=$(token_of "${own[@]}" "${to_pod[@]}=$1")
  kubectl -n podstamp delete pod "$1" other --grace-period=0 --force >/dev/null 2>&1
  check "signer: the token of an agent's Pod that is gone is none" within 30 answers "$kept" web-1 "401 the API server does not know"
}
token_of() { kubectl -n "$1" create token "${@:2}"; } # NAMESPACE ACCOUNT ARGUMENT…
answers() { says "$(ask_signer "$1" "$2")" "$3"; } # TOKEN POD PART

# What install.md's combine.sh makes, with the Service at a known address.
signer_folder() {
  mkdir -p "$work/signer"
  cp "$overlay/state.yaml" "$work/signer/"
  cat >"$work/signer/service.yaml" <<END
apiVersion: v1
kind: Service
metadata: {name: podstamp-signer, namespace: podstamp}
spec: {clusterIP: $signer_ip}
END
  cat >"$work/signer/kustomization.yaml" <<END
bases: [parts/all]
patchesStrategicMerge: [config.yaml, service.yaml]
patchesJson6902:
  - {target: {group: apps, version: v1, kind: DaemonSet, name: podstamp, namespace: podstamp}, path: state.yaml}
END
  daemonset/combine.sh "$work/signer" signer
  cat >>"$work/signer/config.yaml" <<END
    identity:
      issuer: https://podstamp.example
      signer: {url: "$signer_url"}
      rules: [{destinations: [$outside], ports: [80], audience: orders}]
END
}

uid_of() { kubectl -n "$1" get pod "$2" -o jsonpath='{.metadata.uid}'; }
# ask_signer TOKEN POD, from node 1
ask_signer() {
  in_node 1 curl -s --cacert "$work/tls.crt" -H "Authorization: Bearer $1" -w '%{http_code}' \
    -d "{\"tokens\": [{\"namespace\": \"shop\", \"pod\": \"$2\", \"uid\": \"$(uid_of shop "$2")\", \"audience\": \"orders\"}]}" \
    "$signer_url/v1/tokens" | sed -zE 's/(.*)(...)$/\2 \1/'
}
pods_token() { kubectl -n shop exec "$1" -- timeout 5 wget -qO- "http://$outside/token" 2>/dev/null; }
carries_token() { [[ $(pods_token "$1") = *.*.* ]]; }
unbase64() { # what a token has: without padding
  local text
  text=$(tr '_-' '/+')
  while [ $((${#text} % 4)) != 0 ]; do text+='='; done
  base64 -d <<<"$text"
}
claims() { pods_token "$1" | cut -d. -f2 | unbase64; }
signature_is_good() {
  local token hex
  token=$(pods_token "$1")
  hex=$(cut -d. -f3 <<<"$token" | unbase64 | od -An -tx1 | tr -d ' \n')
  printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${hex:0:64}" "${hex:64}" >"$work/asn1"
  openssl asn1parse -genconf "$work/asn1" -noout -out "$work/signature"
  kubectl -n podstamp get configmap podstamp-signer -o jsonpath='{.data.jwks\.pem}' >"$work/jwks.pem"
  printf %s "${token%.*}" >"$work/signed"
  csplit -sz -f "$work/key-" "$work/jwks.pem" '/^-----BEGIN/' '{*}'
  for key in "$work"/key-*; do
    if openssl dgst -sha256 -verify "$key" -signature "$work/signature" "$work/signed" >/dev/null 2>&1; then return; fi
  done
  return 1
}
