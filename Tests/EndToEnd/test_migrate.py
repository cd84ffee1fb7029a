"""docs/migrate.md, followed: an Ingress becomes a Gateway that lets the same through, and policies of Calico become others."""

import re
import ssl
from pathlib import Path

import httpx
import pytest
import yaml

from harness import keys, objects
from harness.certificates import self_signed
from harness.gateway import run
from harness.upstream import Upstream

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "migrate.md").read_text()
HOST = "models.example.com"
PODS = [("web", {"app": "web"}, "10.1.0.1"), ("model", {"app": "model", "tier": "ai"}, "10.1.0.2"),
        ("notebook", {"app": "notebook", "tier": "ai"}, "10.1.0.3"), ("store", {"app": "store"}, "10.1.0.4")]


def block(begin):
    """The objects of the page's block that begins like this."""
    text = re.search(rf"^```(?:yaml)?\n({begin}.*?)^```", PAGE, re.M | re.S).group(1)
    return list(yaml.safe_load_all(text))


def service(name, labels, port):
    """A Service of pods with those labels."""
    return objects.made("v1", "Service", name, spec={"clusterIP": "10.96.0.10", "selector": labels,
                                                     "ports": [{"name": "main", "port": port, "targetPort": port}]})


def pod(name, labels, address, port=8000):
    """A pod of the namespace of all."""
    return objects.made("v1", "Pod", name, {"labels": labels},
                        spec={"nodeName": "one", "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": port}]}]},
                        status={"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]})


def test_exposure_says_what_the_ingress_opens(tmp_path):
    ingress = block("apiVersion: networking.k8s.io/v1\nkind: Ingress")
    objects.write(tmp_path / "all.yaml", *ingress, service("vllm", {"app": "vllm"}, 8000), pod("vllm", {"app": "vllm"}, "10.1.0.9"))
    answer = run("exposure", tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"Ingress ai/models.*vllm|vllm.*Ingress ai/models", answer.stdout, re.S), answer.stdout


@pytest.fixture(scope="module")
def moved(make_gateway, tmp_path_factory):
    """The page's Gateway, route and policy, on a port of the machine, and a model behind them."""
    chain, private = self_signed(tmp_path_factory.mktemp("tls"), "models", f"DNS:{HOST}")
    with Upstream() as upstream:
        gateway, key = make_gateway("migrated", plaintext=False), keys.new_key()
        found = block("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway")
        found[0]["spec"]["listeners"][0]["port"] = gateway.tls_port
        slices = objects.backend("vllm", upstream.port, server="vllm")
        slices[0]["spec"]["ports"][0]["port"] = 8000
        objects.write(gateway.objects / "all.yaml", objects.gateway_class(), *found, slices,
                      objects.tls_secret("models-tls", chain.read_text(), private.read_text()), objects.access_key("alice", key))
        yield gateway.start(), key, chain


@pytest.mark.parametrize("method, path, has_key, status", [
    ("GET", "/v1/models", True, 200), ("POST", "/v1/chat/completions", True, 200), ("GET", "/v1/models", False, 401),
    ("GET", "/metrics", True, 404), ("GET", "/v1beta", True, 404)])
def test_the_gateway_lets_through_what_the_ingress_did_for_who_has_a_key(moved, method, path, has_key, status):
    gateway, key, chain = moved
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]} if method == "POST" else None
    # As `curl --resolve` does.
    with httpx.Client(verify=ssl.create_default_context(cafile=str(chain))) as client:
        answer = client.request(method, f"https://127.0.0.1:{gateway.tls_port}{path}", json=body,
                                headers={"host": HOST, **({"x-api-key": key} if has_key else {})},
                                extensions={"sni_hostname": HOST})
    assert answer.status_code == status, answer.text


# Rows of the page's table: what Calico said, and what says it now.
def calico(kind, name, spec, namespace=None):
    """A policy of Calico, as its own kind is stored in a cluster."""
    tier = spec.get("tier", "default")
    found = {"apiVersion": "crd.projectcalico.org/v1", "kind": kind, "metadata": {"name": f"{tier}.{name}"}, "spec": spec}
    if namespace:
        found["metadata"]["namespace"] = namespace
    return found


def cluster_policy(name, tier, priority, spec):
    """A ClusterNetworkPolicy."""
    return {"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy", "metadata": {"name": name},
            "spec": {"tier": tier, "priority": priority, **spec}}


MODEL = {"podSelector": {"matchLabels": {"app": "model"}}}
OLD = [
    {"apiVersion": "crd.projectcalico.org/v1", "kind": "Tier", "metadata": {"name": "security"}, "spec": {"order": 100}},
    calico("GlobalNetworkPolicy", "no-store", {
        "tier": "security", "order": 10, "selector": "app == 'model'", "types": ["Ingress"],
        "ingress": [{"action": "Deny", "source": {"selector": "app == 'store'"}},
                    {"action": "Pass"}]}),
    calico("NetworkPolicy", "model", {
        "tier": "default", "order": 100, "selector": "app == 'model'", "types": ["Ingress"],
        "ingress": [{"action": "Allow", "protocol": "TCP", "source": {"selector": "has(tier) || app == 'web'"},
                     "destination": {"ports": [8000]}}]}, "ai"),
]
NEW = [
    cluster_policy("no-store", "Admin", 10, {
        "subject": {"pods": {"namespaceSelector": {}, **MODEL}},
        "ingress": [{"action": "Deny",
                     "from": [{"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "store"}}}}]}]}),
    objects.made("networking.k8s.io/v1", "NetworkPolicy", "model", spec={
        **MODEL, "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "Exists"}]}},
                              {"podSelector": {"matchLabels": {"app": "web"}}}],
                     "ports": [{"protocol": "TCP", "port": 8000}]}]}),
]


def compared(tmp_path, new):
    """What `diff` says of the old policies and these, among the same pods."""
    around = [{"apiVersion": "v1", "kind": "Namespace",
               "metadata": {"name": "ai", "labels": {"kubernetes.io/metadata.name": "ai"}}}, *(pod(*one) for one in PODS)]
    for name, policies in (("old", OLD), ("new", new)):
        (tmp_path / name).mkdir()
        objects.write(tmp_path / name / "all.yaml", *around, *policies)
    answer = run("diff", tmp_path / "old", tmp_path / "new")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_policies_that_were_rewritten_allow_the_same(tmp_path):
    said = compared(tmp_path, NEW)
    assert said == "no connection is gained or lost\n"
    assert said.strip() in PAGE


def test_and_a_slip_is_seen(tmp_path):
    slip = yaml.safe_load(yaml.safe_dump(NEW))
    del slip[1]["spec"]["ingress"][0]["from"][1]
    said = compared(tmp_path, slip)
    assert "ai/web" in said and "8000" in said, said
