"""Callers that are known by the pod they run in, and keys that are of use in some pods only."""

import json

import httpx
import pytest

from harness import keys, objects
from harness.upstream import Upstream


@pytest.fixture(scope="module")
def bound(make_gateway):
    """This machine is the pod of one workload; keys are for that one, for others, and for its namespace."""
    gateway, held = make_gateway("bound"), {name: keys.new_key() for name in ("here", "there", "space", "elsewhere", "free")}
    workloads = {
        "here": {"names": [{"kind": "Deployment", "name": "agent"}]},
        "there": {"names": [{"kind": "Deployment", "name": "other"}]},
        "space": {"namespaces": ["ai"]}, "elsewhere": {"namespaces": ["other"]},
    }
    with Upstream() as upstream:
        replicas = objects.made("apps/v1", "ReplicaSet", "agent-5d", metadata={"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "agent", "uid": "1", "controller": True}]})
        caller = {"workloads": {"names": [{"kind": "Deployment", "namespace": "ai", "name": "agent"}]}}
        stranger = {"workloads": {"names": [{"kind": "Deployment", "namespace": "ai", "name": "other"}]}}
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route(), objects.backend("model", upstream.port), replicas,
            objects.route("agents", hostnames=["agents.test"]), objects.route("others", hostnames=["others.test"]),
            objects.policy_of("agents", objects.rule("agents", caller), target="agents", kind="HTTPRoute"),
            objects.policy_of("others", objects.rule("others", stranger), target="others", kind="HTTPRoute"),
            objects.pod("agent-5d-x", "127.0.0.1", ("ReplicaSet", "agent-5d")),
            [objects.access_key(name, key, **({"workloads": workloads[name]} if name in workloads else {}))
             for name, key in held.items()],
            objects.policy(names=list(held)))
        yield gateway.start(), held, upstream


def ask(bound, name=None, host="x"):
    """One request, and its record."""
    gateway, held, _ = bound
    headers = {"host": host} | ({"x-api-key": held[name]} if name else {})
    answer = httpx.get(gateway.url + "/v1/models", headers=headers, timeout=20)
    [record] = gateway.wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
    return answer, record


WORKLOAD = {"kind": "Deployment", "namespace": "ai", "name": "agent", "pod": "agent-5d-x"}


@pytest.mark.parametrize("name", ["here", "space", "free"])
def test_a_key_works_where_it_is_bound(bound, name):
    answer, record = ask(bound, name)
    assert answer.status_code == 200 and record["workload"] == WORKLOAD and "suspected_theft" not in json.dumps(record)


@pytest.mark.parametrize("name", ["there", "elsewhere"])
def test_a_key_that_is_used_elsewhere_is_taken_for_stolen(bound, name):
    bound[2].forget()
    answer, record = ask(bound, name)
    plain, _ = ask(bound)
    assert answer.status_code == 401
    assert {**answer.json(), "request_id": ""} == {**plain.json(), "request_id": ""}, "the thief learns nothing"
    assert record["reason"] == "key_not_bound_to_workload" and record["suspected_theft"] is True
    assert record["workload"] == WORKLOAD and record["principal"]["name"] == name
    assert not bound[2].seen


def test_workloads_may_be_callers(bound):
    assert ask(bound, host="agents.test")[0].status_code == 200
    assert ask(bound, host="others.test")[0].status_code == 403


def test_a_pod_that_is_gone_takes_its_keys_with_it(bound):
    """Last of this file: the address belongs to nobody afterwards."""
    gateway, _, _ = bound
    path = gateway.objects / "all.yaml"
    documents = [document for document in path.read_text().split("\n---\n") if '"kind": "Pod"' not in document]
    objects.write(path, [json.loads(document) for document in documents])
    for _ in range(200):
        if ask(bound, "here")[0].status_code == 401:
            break
    answer, record = ask(bound, "here")
    assert answer.status_code == 401 and record["suspected_theft"] is True and "workload" not in record
    assert ask(bound, "free")[0].status_code == 200
