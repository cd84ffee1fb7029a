{{/* The image, by digest where there is one. */}}
{{- define "sallyport.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Labels of an object: (list $ "controller"). */}}
{{- define "sallyport.labels" -}}
app.kubernetes.io/name: sallyport
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/part-of: sallyport
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
{{- end }}

{{/* What selects the pods of a part. */}}
{{- define "sallyport.selector" -}}
app.kubernetes.io/name: sallyport
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* What Pod Security calls restricted, for a container. */}}
{{- define "sallyport.restricted" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
runAsGroup: 65532
runAsNonRoot: true
runAsUser: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* The same for a pod. */}}
{{- define "sallyport.restrictedPod" -}}
fsGroup: 65532
runAsGroup: 65532
runAsNonRoot: true
runAsUser: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Image, name and policy of a container. */}}
{{- define "sallyport.container" -}}
image: {{ include "sallyport.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* imagePullSecrets, where there are any. */}}
{{- define "sallyport.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{/* nodeSelector and tolerations of a part. */}}
{{- define "sallyport.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Replicas of a part on different nodes and in different zones, where there are several. */}}
{{- define "sallyport.spread" -}}
topologySpreadConstraints:
- labelSelector:
    matchLabels:
      {{- include "sallyport.selector" . | nindent 6 }}
  maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
- labelSelector:
    matchLabels:
      {{- include "sallyport.selector" . | nindent 6 }}
  maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: ScheduleAnyway
{{- end }}

{{/* Peers that are addresses. */}}
{{- define "sallyport.blocks" -}}
{{- range . }}
- ipBlock:
    cidr: {{ . | quote }}
{{- end }}
{{- end }}

{{/* A rule of egress to the API server. */}}
{{- define "sallyport.toAPIServer" -}}
- to:
  {{- include "sallyport.blocks" .Values.networkPolicies.apiServer.cidrs | nindent 2 }}
  ports:
  {{- range .Values.networkPolicies.apiServer.ports }}
  - port: {{ . }}
    protocol: TCP
  {{- end }}
{{- end }}

{{/* A rule of egress to whoever answers for names. */}}
{{- define "sallyport.toNames" -}}
- ports:
  - port: 53
    protocol: UDP
  - port: 53
    protocol: TCP
{{- end }}

{{/* A rule of ingress for who reads metrics. */}}
{{- define "sallyport.fromMetrics" -}}
{{- with .Values.networkPolicies.metricsFrom }}
- from:
  {{- toYaml . | nindent 2 }}
  ports:
  - port: 9090
    protocol: TCP
{{- end }}
{{- end }}

{{/* Namespaces whose objects admission asks about: not those that the cluster and ourselves stand on. */}}
{{- define "sallyport.asked" -}}
matchExpressions:
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: [kube-system, kube-public, kube-node-lease, sallyport-system, sallyport-gateways, sallyport-agents]
- key: sallyport.dev/skip-admission
  operator: NotIn
  values: ["true"]
{{- end }}

{{/* A question to the hub by its own name: it answers to no other. */}}
{{- define "sallyport.hubProbe" -}}
httpGet:
  httpHeaders:
  - {name: Host, value: sallyport-hub.sallyport-system.svc}
  path: {{ . }}
  port: console
  scheme: HTTPS
{{- end }}

{{/* A question to an agent, on its node: (list $ "/livez"). */}}
{{- define "sallyport.agentProbe" -}}
{{- $admin := (index . 0).Values.agent.admin -}}
httpGet:
  host: {{ $admin.address }}
  path: {{ index . 1 }}
  port: {{ $admin.port }}
{{- end }}
