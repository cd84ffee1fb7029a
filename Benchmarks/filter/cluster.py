"""A generated cluster with a node to measure on: 110 pods, and among them a caller and a server that may talk."""

import json
import random
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
NODE = "bench-node"
NAMESPACE = "bench"
CALLER, SERVER = "10.200.0.1", "10.200.0.2"
PORTS = [5201, 7000]
LOCAL_PODS = 110
PEERS = 500


def generate(directory, pods, policies):
    """Writes a cluster: the one of the policy benchmark, with the node."""
    subprocess.run([HERE.parent / "policy/generate", directory, "--pods", str(pods), "--policies", str(policies)],
                   check=True, stdout=subprocess.DEVNULL)
    move_pods(directory, LOCAL_PODS - 2)
    items = [namespace(), node(), pod("caller", CALLER), pod("server", SERVER), *own_policies()]
    (directory / "zz-bench.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}),
                                             encoding="utf-8")


def move_pods(directory, count):
    """Some pods of everything run on the node."""
    files = sorted(directory.glob("pods-*.json"))
    lists = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    pods = [pod for one in lists for pod in one["items"]]
    for pod_object in random.Random(5).sample(pods, count):
        pod_object["spec"]["nodeName"] = NODE
        pod_object["status"]["hostIP"] = "172.31.0.1"
    for path, one in zip(files, lists):
        path.write_text(json.dumps(one, separators=(",", ":")), encoding="utf-8")


def namespace():
    """Where the two pods are."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {"purpose": "bench"}}}


def node():
    """The node."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE},
            "status": {"addresses": [{"type": "InternalIP", "address": "172.31.0.1"}]}}


def pod(name, address):
    """One of the two pods."""
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
            "spec": {"nodeName": NODE, "containers": [{"name": "main", "image": "registry.example/bench:1"}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": "172.31.0.1"}}


def own_policies():
    """Nothing but what is measured is allowed between the two. Names are in the middle of those of other policies."""
    ports = [{"protocol": "TCP", "port": port} for port in PORTS]
    yield policy("default-deny", {}, ["Ingress", "Egress"])
    yield policy("gateway-1-bench-out", selector("caller"), ["Egress"],
                 egress=[{"to": [{"podSelector": selector("server")}], "ports": ports}])
    yield policy("gateway-1-bench-in", selector("server"), ["Ingress"],
                 ingress=[{"from": [{"podSelector": selector("caller")}], "ports": ports}])
    # None beside another: each is an element of its own.
    blocks = [{"ipBlock": {"cidr": f"203.0.{113 + number // 125}.{number % 125 * 2}/32"}} for number in range(PEERS)]
    yield policy("many-peers", selector("server"), ["Ingress"],
                 ingress=[{"from": blocks, "ports": [{"protocol": "TCP", "port": 8080}]}])


def policy(name, pods, types, **rules):
    """A NetworkPolicy."""
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"podSelector": pods, "policyTypes": types, **rules}}


def selector(app):
    """Pods of an app."""
    return {"matchLabels": {"app": app}}
