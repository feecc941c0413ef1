{{- /* SPDX-License-Identifier: MIT */ -}}

{{- define "router.name" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- /* What tells the pods: a Deployment cannot change it. */ -}}
{{- define "router.selector" -}}
app.kubernetes.io/name: {{ .Values.router }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "router.metadata" -}}
name: {{ include "router.name" . | quote }}
labels:
  {{- include "router.labels" . | nindent 2 }}
{{- end }}

{{- define "router.labels" -}}
{{ include "router.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* The router's row of files/routers.yaml. */ -}}
{{- define "router.row" -}}
{{ index (.Files.Get "files/routers.yaml" | fromYaml) .Values.router | toYaml }}
{{- end }}

{{- define "router.config" -}}
{{ .Values.config | default (.Files.Get (printf "files/%s.cfg" .Values.router)) }}
{{- end }}

{{- define "router.profile" -}}
{{ merge (dict "router" .Values.router) .Values.profile | toPrettyJson }}
{{- end }}

{{- define "router.siplaunchImage" -}}
{{ .Values.siplaunchImage | default (printf "siplaunch:%s" .Chart.AppVersion) }}
{{- end }}

{{- /* The ports of the router's container, a list. */ -}}
{{- define "router.ports" -}}
{{- $metrics := dict "name" "metrics" "port" .Values.metrics.port "protocol" "TCP" -}}
{{ .Values.metrics.enabled | ternary (append .Values.ports $metrics) .Values.ports | toYaml }}
{{- end }}

{{- /* The pod's annotations: a change of the configuration or the profile restarts the pods. */ -}}
{{- define "router.annotations" -}}
checksum/config: {{ include "router.config" . | sha256sum }}
checksum/profile: {{ include "router.profile" . | sha256sum }}
{{- if .Values.metrics.enabled }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .Values.metrics.port | quote }}
{{- end }}
{{- end }}

{{- /* The pod's sysctls, a map: the IPC limits, and low ports for a user who is not root. On its node's network a pod may set none of
the network's. */ -}}
{{- define "router.sysctls" -}}
{{- $sysctls := eq .Values.ipcLimits "unsafe-sysctls" | ternary (deepCopy .Values.sysctls) dict }}
{{- range .Values.ports }}
{{- if and (lt (int .port) 1024) (not $.Values.hostNetwork) }}
{{- $_ := set $sysctls "net.ipv4.ip_unprivileged_port_start" "0" }}
{{- end }}
{{- end }}
{{- toYaml $sysctls }}
{{- end }}

{{- /* The strictest security context that Kubernetes has. */ -}}
{{- define "router.least" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "router.initSecurity" -}}
{{- if eq .Values.ipcLimits "privileged-init" -}}
privileged: true
readOnlyRootFilesystem: true
{{- else -}}
{{ include "router.least" . }}
{{- end }}
{{- if eq .Values.ipcLimits "userns" }}
procMount: Unmasked
{{- end }}
{{- if has .Values.ipcLimits (list "userns" "privileged-init") }}
runAsUser: 0
runAsNonRoot: false
{{- end }}
{{- end }}
