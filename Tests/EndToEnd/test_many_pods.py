"""What a gateway of a large cluster keeps of its pods."""

import subprocess
import time

import pytest

from harness.gateway import BINARY, WITHOUT_RIGHTS
from harness.object_server import ObjectServer
from harness.ports import free_port

PODS = 10_000


def pod(number):
    """A pod as API servers give them: most of it is nobody's business here."""
    name = f"worker-{number // 10:04}-{number % 10:05x}"
    manager = {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
               "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {f"f:field-{n}": {} for n in range(40)}}}
    return {
        "metadata": {
            "name": name, "namespace": f"team-{number % 50}", "uid": f"00000000-0000-0000-0000-{number:012}",
            "resourceVersion": str(number), "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app": f"worker-{number // 10}", "pod-template-hash": "5d4f8c7b9d", "tier": "backend"},
            "annotations": {"example.com/notes": "x" * 600},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"worker-{number // 10}-5d4f8c7b9d",
                                 "uid": f"10000000-0000-0000-0000-{number // 10:012}", "controller": True}],
            "managedFields": [manager, manager]},
        "spec": {"nodeName": f"node-{number % 300}", "serviceAccountName": "worker", "containers": [
            {"name": "c", "image": "registry.example.com/worker:1", "env": [{"name": f"V{n}", "value": "v" * 20} for n in range(20)],
             "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}]},
        "status": {"phase": "Running", "hostIP": f"10.0.{number % 300 // 250}.{number % 250}",
                   "podIP": f"10.{64 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}",
                   "podIPs": [{"ip": f"10.{64 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"}],
                   "conditions": [{"type": t, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
                                  for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]}}


def kinds(pods):
    """A front door for all of them."""
    gateway = "gateway.networking.k8s.io/v1"
    port = free_port()
    return port, [
        ("v1", "pods", "Pod", pods), ("v1", "namespaces", "Namespace", [{"metadata": {"name": "ai"}}]),
        ("v1", "nodes", "Node", []), ("v1", "services", "Service", []),
        (gateway, "gatewayclasses", "GatewayClass", [
            {"metadata": {"name": "sallyport"}, "spec": {"controllerName": "sallyport.dev/gateway"}}]),
        (gateway, "gateways", "Gateway", [{"metadata": {"name": "front", "namespace": "ai"}, "spec": {
            "gatewayClassName": "sallyport", "listeners": [{"name": "http", "port": port, "protocol": "HTTP"}]}}]),
        (gateway, "httproutes", "HTTPRoute", [])]


def resident(tmp_path, pods):
    """Resident and highest resident memory of a gateway that knows so many pods, in MiB."""
    tmp_path.mkdir()
    port, everything = kinds([pod(number) for number in range(pods)])
    admin = free_port()
    with ObjectServer(everything) as server:
        log = open(tmp_path / "log", "wb")
        process = subprocess.Popen(
            [*WITHOUT_RIGHTS, BINARY, "gateway", "--cluster", "--kubeconfig", server.kubeconfig(tmp_path / "kubeconfig"),
             "--gateway", "ai/front", "--bind", "127.0.0.1", "--admin", f"127.0.0.1:{admin}", "--state", tmp_path / "state",
             "--threads", "2", "--lameduck", "0"], stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 120
            while b"Front door" not in (tmp_path / "log").read_bytes():
                assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.1)
            assert server.pages["/api/v1/pods"] >= max(1, pods // 500)
            lines = dict(line.split(":", 1) for line in open(f"/proc/{process.pid}/status") if ":" in line)
            return [int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.timeout(240)
def test_pods_cost_little(tmp_path):
    """Ten thousand pods, each of five kilobytes as it is sent: a hundred megabytes for all that is kept and done with them."""
    none, many = resident(tmp_path / "none", 0), resident(tmp_path / "many", PODS)
    print(f"\nresident MiB without pods {none[0]:.0f}, with {PODS} pods {many[0]:.0f}; at most {none[1]:.0f}, {many[1]:.0f}")
    assert many[0] < 100 and many[1] < 100
