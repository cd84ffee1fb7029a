"""What stands in the real cluster of the tests: a model server, who calls it from inside and outside, and what guards it."""

import json
import subprocess

from . import keys

API = "sallyport.dev/v1alpha1"
GATEWAY = "gateway.networking.k8s.io"
AUDIENCE = "sallyport"

#: One answer for each connection, in the shape of OpenAI's API, by a shell script behind netcat.
MODEL = """
apiVersion: v1
kind: Namespace
metadata: {name: ai, labels: {kubernetes.io/metadata.name: ai}}
---
apiVersion: v1
kind: Namespace
metadata: {name: agents, labels: {kubernetes.io/metadata.name: agents}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: model, namespace: ai}
data:
  answer.sh: |
    length=0
    read -r request
    while read -r line; do
      line=$(echo "$line" | tr -d '\\r')
      [ -n "$line" ] || break
      case "$line" in [Cc]ontent-[Ll]ength:*) length=${line#*:} ;; esac
    done
    asked=$([ "$length" -eq 0 ] || head -c "$length")
    case "$asked" in *'"slow"'*) sleep 3 ;; esac
    body='{"id":"c","object":"chat.completion","created":1,"model":"small","choices":[{"index":0,"message":{"role":\
"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}'
    printf 'HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\nconnection: close\\r\\n\\r\\n%s' \
      ${#body} "$body"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: model, namespace: ai}
spec:
  replicas: 1
  selector: {matchLabels: {app: model}}
  template:
    metadata: {labels: {app: model}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: busybox:1
        imagePullPolicy: Never
        command: [nc, -ll, -p, "11434", -e, /bin/sh, /config/answer.sh]
        ports: [{containerPort: 11434}]
        volumeMounts: [{name: config, mountPath: /config}]
      volumes:
      - {name: config, configMap: {name: model}}
---
apiVersion: v1
kind: Service
metadata: {name: model, namespace: ai, annotations: {sallyport.dev/server: vllm}}
spec: {selector: {app: model}, ports: [{port: 11434}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: research, namespace: agents}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: other, namespace: agents}
"""


#: Seconds that callers sleep: by its number the process of each is found.
SLEEP = {"research": 1_000_001, "other": 1_000_002}


def caller(name, account):
    """A pod that sleeps, with a token of its account for the front door."""
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "agents", "labels": {"app": name}},
            "spec": {"serviceAccountName": account, "terminationGracePeriodSeconds": 1,
                     "containers": [{"name": "c", "image": "busybox:1", "imagePullPolicy": "Never",
                                     "command": ["sleep", str(SLEEP[name])],
                                     "volumeMounts": [{"name": "token", "mountPath": "/token"}]}],
                     "volumes": [{"name": "token", "projected": {"sources": [{"serviceAccountToken": {
                         "path": "token", "audience": AUDIENCE, "expirationSeconds": 3600}}]}}]}}


def front(service_type="NodePort"):
    """The Gateway, and its route to the model."""
    return [
        {"apiVersion": f"{GATEWAY}/v1", "kind": "Gateway",
         "metadata": {"name": "front", "namespace": "ai", "annotations": {"sallyport.dev/service-type": service_type}},
         "spec": {"gatewayClassName": "sallyport",
                  "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}},
        {"apiVersion": f"{GATEWAY}/v1", "kind": "HTTPRoute", "metadata": {"name": "model", "namespace": "ai"},
         "spec": {"parentRefs": [{"name": "front"}],
                  "rules": [{"backendRefs": [{"name": "model", "port": 11434}]}]}},
    ]


def access(key, issuer):
    """Who may ask: a key, and the pods of one service account."""
    return [
        {"apiVersion": API, "kind": "AccessKey", "metadata": {"name": "alice", "namespace": "ai"},
         "spec": {"sha256": keys.sha256(key), "owner": "team-a"}},
        {"apiVersion": API, "kind": "TokenIssuer", "metadata": {"name": "cluster", "namespace": "ai"},
         "spec": {"issuer": issuer, "audiences": [AUDIENCE], "serviceAccounts": True, "jwks": {"cluster": {}}}},
        policy(),
    ]


def policy(classes=("Inference", "Metadata")):
    """The policy on the route."""
    return {"apiVersion": API, "kind": "AccessPolicy", "metadata": {"name": "model", "namespace": "ai"},
            "spec": {"targetRefs": [{"group": GATEWAY, "kind": "HTTPRoute", "name": "model"}],
                     "rules": [{"name": "people", "from": [
                         {"accessKeys": {"names": ["alice"]}},
                         {"serviceAccounts": [{"namespace": "agents", "name": "research"}]}],
                         "to": [{"classes": list(classes)}]}]}}


class Street:
    """A model server behind a front door, two pods that call it, and where everything is."""

    def __init__(self, cluster):
        self.cluster, self.key = cluster, keys.new_key()
        cluster.apply(MODEL)
        issuer = json.loads(cluster.kubectl("get", "--raw", "/.well-known/openid-configuration"))["issuer"]
        cluster.apply(*front(), *access(self.key, issuer), caller("research", "research"), caller("other", "other"))
        model = cluster.pod_ready("ai", "app=model")[0]
        for name in ("research", "other"):
            cluster.pod_ready("agents", f"app={name}")
        cluster.wait("the Gateway", lambda: (cluster.condition("gateways", "front", "ai", "Programmed") or {})["status"] == "True")
        service = cluster.wait("its Service", self._service)
        self.address = service["spec"]["clusterIP"]
        self.node_port = service["spec"]["ports"][0]["nodePort"]
        self.node = cluster.get("nodes")[0]["status"]["addresses"][0]["address"]
        self.model = model["status"]["podIP"]
        cluster.wait("the front door", lambda: from_node(cluster, self.address, 80, self.key)[0] == 200)

    def _service(self):
        found = json.loads(self.cluster.kubectl("get", "services", "-n", "sallyport-gateways", "-o", "json"))["items"]
        return found[0] if found else None


def wall():
    """Only gateways reach the model."""
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "model", "namespace": "ai"},
            "spec": {"podSelector": {"matchLabels": {"app": "model"}}, "policyTypes": ["Ingress"],
                     "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {
                         "kubernetes.io/metadata.name": "sallyport-gateways"}}}], "ports": [{"port": 11434}]}]}}


BODY = json.dumps({"model": "small", "messages": [{"role": "user", "content": "hi"}]})


def process_of(cluster, pod):
    """The process of a caller, in whose network others can be put."""
    return cluster.run("pgrep", "-f", f"^sleep {SLEEP[pod]}$").split()[0]


def from_pod(cluster, pod, address, port, **more):
    """What a caller is answered with its token, asked from its network: status and body; (0, "") when nothing answers."""
    token = cluster.kubectl("exec", "-n", "agents", pod, "--", "cat", "/token/token").strip()
    prefix = ("nsenter", "--net", "--target", process_of(cluster, pod), "--")
    return from_node(cluster, address, port, token, prefix=prefix, **more)


def from_node(cluster, address, port, key=None, seconds=5, path="/v1/chat/completions", prefix=()):
    """What curl is answered on the node, or behind `prefix` somewhere else."""
    command = [*prefix, "curl", "-s", "-m", str(seconds), "-o", "-", "-w", "\n%{http_code}", "-d", BODY,
               "-H", "content-type: application/json", f"http://{address}:{port}{path}"]
    if key:
        command += ["-H", f"authorization: Bearer {key}"]
    answer = cluster.try_run(*command)
    body, _, status = answer.stdout.rpartition("\n")
    return int(status or 0), body


class Outside:
    """A host outside of the cluster: a network namespace beside the node's, which reaches pods by way of the node."""

    NAME, NEAR, FAR, FAR_ADDRESS, NODE_ADDRESS = "sp-out", "sp-out0", "sp-out1", "203.0.113.2", "203.0.113.1"

    def __init__(self, cluster):
        self.cluster = cluster

    def __enter__(self):
        run = self.cluster.run
        # Made from inside the node's namespace, so that it goes with it.
        self.sleeper = self.cluster.start("unshare", "--net", "sleep", "3600", stdout=subprocess.DEVNULL)
        self.pid = self.cluster.wait("the host outside", self._pid, 10, 0.1)
        run("ip", "link", "add", self.NEAR, "type", "veth", "peer", "name", self.FAR, "netns", str(self.pid))
        run("ip", "addr", "add", f"{self.NODE_ADDRESS}/30", "dev", self.NEAR)
        run("ip", "link", "set", self.NEAR, "up")
        for command in (["ip", "addr", "add", f"{self.FAR_ADDRESS}/30", "dev", self.FAR],
                        ["ip", "link", "set", self.FAR, "up"], ["ip", "link", "set", "lo", "up"],
                        ["ip", "route", "add", "default", "via", self.NODE_ADDRESS]):
            run(*self.prefix, *command)
        return self

    def _pid(self):
        # `exec` becomes the command, or starts it: the one that sleeps in a namespace of its own is it.
        answer = self.cluster.try_run("pgrep", "-f", "^sleep 3600$").stdout.split()
        return int(answer[-1]) if answer else None

    @property
    def prefix(self):
        """What a command is put behind to run there."""
        return ("nsenter", "--net", "--target", str(self.pid), "--")

    def ask(self, address, port, key=None, **more):
        """What curl is answered there."""
        return from_node(self.cluster, address, port, key, prefix=self.prefix, **more)

    def __exit__(self, *_):
        self.cluster.try_run("ip", "link", "del", self.NEAR)
        self.cluster.try_run("kill", str(self.pid))
        self.sleeper.wait(20)
