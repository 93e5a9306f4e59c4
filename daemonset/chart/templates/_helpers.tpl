{{- define "podstamp.namespace" -}}
{{- if eq (toString .Values.namespace.create) "true" -}}{{ .Values.namespace.name }}{{- else -}}{{ .Release.Namespace }}{{- end -}}
{{- end -}}

{{- define "podstamp.labels" -}}
app.kubernetes.io/name: podstamp
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "podstamp.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Text where it holds, nothing where it does not, so that `if include …` works. */ -}}
{{- define "podstamp.surge" -}}
{{- if or (eq (toString .Values.surge) "true") (and (eq (toString .Values.surge) "auto") (semverCompare ">=1.22.0-0" .Capabilities.KubeVersion.Version)) -}}yes{{- end -}}
{{- end -}}

{{- define "podstamp.appArmorField" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version -}}yes{{- end -}}
{{- end -}}

{{- define "podstamp.metricsOnNode" -}}
{{- if or .Values.metrics.onNodeAddress .Values.metrics.podMonitor.enabled -}}yes{{- end -}}
{{- end -}}

{{- /* The YAML that helm reads takes on and off for truth values. */ -}}
{{- define "podstamp.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if kindIs "bool" $config.connectionLog -}}
{{- $_ := set $config "connectionLog" (ternary "on" "off" $config.connectionLog) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
