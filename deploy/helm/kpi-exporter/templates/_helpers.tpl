{{/* Names and labels, as `helm create` writes them, and the parts that several templates share. */}}

{{- define "kpi-exporter.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The name becomes the job of the scrape, on which the rules rely: it cannot be changed. */}}
{{- define "kpi-exporter.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kpi-exporter.labels" -}}
{{ include "kpi-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "kpi-exporter.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion }}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ $tag }}
{{- end }}
{{- end }}

{{- define "kpi-exporter.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "kpi-exporter.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* The names of the catalogues, of which the command line needs each; empty where there are none. */}}
{{- define "kpi-exporter.catalogues" -}}
{{- if and .Values.catalogues.files .Values.catalogues.existingConfigMap }}
{{- fail "catalogues: give `files` or `existingConfigMap`, not both" }}
{{- end }}
{{- if .Values.catalogues.existingConfigMap }}
{{- required "catalogues: with `existingConfigMap`, list the companies' files in `names`" (join " " .Values.catalogues.names) }}
{{- else }}
{{- join " " (.Values.catalogues.names | default (keys .Values.catalogues.files | sortAlpha)) }}
{{- end }}
{{- end }}

{{- define "kpi-exporter.catalogueMap" -}}
{{- .Values.catalogues.existingConfigMap | default (printf "%s-catalogues" (include "kpi-exporter.fullname" .)) }}
{{- end }}

{{- define "kpi-exporter.prefix" -}}
{{- .Values.exporter.routePrefix | trimSuffix "/" }}
{{- end }}

{{- define "kpi-exporter.probe" -}}
httpGet:
  path: {{ include "kpi-exporter.prefix" .root }}{{ .path }}
  port: metrics
  scheme: {{ .root.Values.web.scheme }}
  {{- with .root.Values.web.probeAuthorization }}
  httpHeaders:
    - name: Authorization
      value: {{ . | quote }}
  {{- end }}
timeoutSeconds: 5
{{- end }}

{{/* What the restricted pod security standard asks of a container. */}}
{{- define "kpi-exporter.containerSecurity" -}}
{{- $restricted := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) }}
{{- toYaml (mergeOverwrite $restricted (deepCopy .Values.securityContext)) }}
{{- end }}

{{- define "kpi-exporter.podSecurity" -}}
{{- $restricted := dict "runAsNonRoot" true "runAsUser" 65532 "runAsGroup" 65532 "fsGroup" 65532 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- toYaml (mergeOverwrite $restricted (deepCopy .Values.podSecurityContext)) }}
{{- end }}
