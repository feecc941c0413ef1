{{- /* SPDX-License-Identifier: MIT */ -}}
{{- /* What no schema can say: values that exclude each other. */ -}}

{{- define "router.check" -}}
{{- include "router.checkPorts" . }}
{{- include "router.checkNames" . }}
{{- if and .Values.hostNetwork (eq .Values.ipcLimits "userns") }}
{{- fail "hostNetwork: Kubernetes refuses it in a pod with a user namespace. Set ipcLimits to another value than userns" }}
{{- end }}
{{- if and .Values.config .Values.configSecret }}
{{- fail "configSecret: config is given, too. Give one of them" }}
{{- end }}
{{- if ge (int .Values.drainSeconds) (int .Values.terminationGracePeriodSeconds) }}
{{- fail "drainSeconds: terminationGracePeriodSeconds includes it and has to be larger" }}
{{- end }}
{{- end }}

{{- define "router.checkPorts" -}}
{{- $names := list }}
{{- $numbers := list }}
{{- $tcp := list }}
{{- range include "router.ports" . | fromYamlArray }}
{{- $names = append $names .name }}
{{- $numbers = append $numbers (printf "%v/%s" .port .protocol) }}
{{- if eq .protocol "TCP" }}{{ $tcp = append $tcp .name }}{{ end }}
{{- end }}
{{- if ne (len $names) (len (uniq $names)) }}
{{- fail "ports: two ports have one name" }}
{{- end }}
{{- if ne (len $numbers) (len (uniq $numbers)) }}
{{- fail "ports: two ports have one number and one protocol" }}
{{- end }}
{{- if not (has .Values.probePort $tcp) }}
{{- fail (printf "probePort: ports has no TCP port %q. Its TCP ports: %s" .Values.probePort (join ", " $tcp | default "none")) }}
{{- end }}
{{- end }}

{{- define "router.checkNames" -}}
{{- if not (regexMatch "^[a-z]" (include "router.name" .)) }}
{{- fail "fullnameOverride: the name of a Service begins with a letter, and the release's does not. Set it" }}
{{- end }}
{{- range $label, $value := include "router.selector" . | fromYaml }}
{{- if hasKey $.Values.podLabels $label }}
{{- fail (printf "podLabels: the chart writes %s. Use another label" $label) }}
{{- end }}
{{- end }}
{{- if hasKey .Values.profile "router" }}
{{- fail "profile.router: the chart writes it. Set router" }}
{{- end }}
{{- end }}
