"""A real Kubernetes with a real node: what `sallyport install` makes of it, from the first request to the last rule."""

import json
import os
import time

import pytest

from harness import keys, kube_town as town
from harness.gateway import BINARY
from harness.installation import NAMESPACES, install, label, ready_cluster, said
from harness.kubernetes import why_not

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=f"no real cluster: {why_not()}"), pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster, and our image on its node."""
    with ready_cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture(scope="module")
def installed(cluster):
    """The product, installed by its own command."""
    answer = install(cluster, "--gateway-service", "NodePort")
    assert answer.returncode == 0, said(cluster, answer)
    for name in NAMESPACES:
        label(cluster, name)
    return answer.stdout


@pytest.fixture(scope="module")
def street(cluster, installed):
    """A model server behind a front door, and who calls it."""
    return town.Street(cluster)


@pytest.fixture(scope="module")
def outside(cluster, street):
    """A host outside of the cluster."""
    with town.Outside(cluster) as host:
        yield host


def test_everything_runs(cluster, installed):
    """The installation waits until all is ready, and says so."""
    assert "is installed" in installed
    for namespace, selector in (("sallyport-system", "app.kubernetes.io/component=controller"),
                                ("sallyport-system", "app.kubernetes.io/component=hub"),
                                ("sallyport-agents", "app.kubernetes.io/component=agent")):
        assert cluster.pod_ready(namespace, selector), namespace


def test_the_front_door_lets_in_who_may(cluster, street, outside):
    """A client outside with a key, and a pod with the token of its service account; nobody else."""
    status, body = outside.ask(street.node, street.node_port, street.key)
    assert status == 200 and "hello" in body, body
    assert outside.ask(street.node, street.node_port)[0] == 401
    assert outside.ask(street.node, street.node_port, keys.new_key())[0] == 401
    assert town.from_pod(cluster, "research", street.address, 80)[0] == 200
    assert town.from_pod(cluster, "other", street.address, 80)[0] == 403
    assert town.from_pod(cluster, "research", street.address, 80, path="/v1/load_lora_adapter")[0] == 403


def test_the_model_is_reached_in_no_other_way(cluster, street, outside):
    """Without a policy everybody reaches the model; with one only the gateway does, and the node itself."""
    assert town.from_pod(cluster, "research", street.model, 11434)[0] == 200
    assert outside.ask(street.model, 11434)[0] == 200
    cluster.apply(town.wall())
    cluster.wait("the wall", lambda: town.from_pod(cluster, "research", street.model, 11434, seconds=1)[0] == 0, 15, 0.1)
    assert town.from_pod(cluster, "other", street.model, 11434, seconds=2)[0] == 0
    assert outside.ask(street.model, 11434, seconds=2)[0] == 0
    service = cluster.get("services", "model", "ai")["spec"]["clusterIP"]
    assert town.from_pod(cluster, "research", service, 11434, seconds=2)[0] == 0
    # What is to be reached still is.
    assert town.from_pod(cluster, "research", street.address, 80)[0] == 200
    assert outside.ask(street.node, street.node_port, street.key)[0] == 200


def test_a_change_takes_effect_within_a_second(cluster, street):
    """`kubectl apply` of a policy, at the gateway and in the kernel."""
    def seconds_until(change, check):
        begin = time.monotonic()
        cluster.apply(change)
        applied = time.monotonic()
        cluster.wait("the change", check, 10, 0.02)
        return applied - begin, time.monotonic() - applied

    times = []
    for classes, status in ((["Metadata"], 403), (["Inference", "Metadata"], 200)) * 3:
        times.append(seconds_until(town.policy(classes), lambda s=status: town.from_node(
            cluster, street.address, 80, street.key)[0] == s)[1])
    assert sorted(times)[len(times) // 2] < 1.5, times


def test_statuses(cluster, street):
    """Conditions that tools wait for."""
    for kind, name, type_ in (("gateways", "front", "Accepted"), ("gateways", "front", "Programmed"),
                              ("httproutes", "model", "Accepted"), ("httproutes", "model", "ResolvedRefs"),
                              ("accesspolicies", "model", "Accepted"), ("accesskeys", "alice", "Accepted"),
                              ("tokenissuers", "cluster", "Accepted")):
        found = cluster.wait(f"{type_} of {kind}", lambda k=kind, n=name, t=type_: cluster.condition(k, n, "ai", t))
        assert found["status"] == "True", (kind, found)
    assert cluster.condition("gatewayclasses", "sallyport", None, "Accepted")["status"] == "True"
    gateway = cluster.get("gateways", "front", "ai")
    assert gateway["status"]["addresses"][0]["value"]
    assert gateway["status"]["listeners"][0]["attachedRoutes"] == 1


def test_records_name_the_pods(cluster, street):
    """What was let through and what was not is at the hub, with who and by which rule; asked for by kubectl's plug-in."""
    plugin = cluster.home / "kubectl-sallyport"
    if not plugin.exists():
        plugin.symlink_to(BINARY)

    def records(*words):
        answer = cluster.run("env", f"PATH={cluster.home}:{os.environ['PATH']}", "kubectl", "sallyport", "flows", *words,
                             "--since", "-30m", "-o", "json")
        return [json.loads(line) for line in answer.splitlines()]

    requests = cluster.wait("a request of the pod", lambda: records("point=gateway", "verdict=allowed", "namespace=agents"))
    assert any(r.get("workload", {}).get("name") == "research" or "research" in json.dumps(r) for r in requests)
    denied = cluster.wait("a denied connection", lambda: records("verdict=denied", "destination.port=11434"))
    text = json.dumps(denied)
    assert "research" in text and '"ai"' in text and "model" in text
