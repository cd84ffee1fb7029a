"""Alarms: what somebody should look at becomes a record of the hub, whether or not anybody is told by a webhook."""

import itertools
import re
import subprocess
import time

import httpx
import pytest

from harness import keys, objects
from harness.certificates import Authority
from harness.hub_process import Hub, records, wait_for
from harness.models import Model
from harness.node import needs_root
from harness.ports import free_port
from harness.source import Source, moment
from harness.spending import USAGE, opened
from harness.upstream import Upstream

LABELS = {"app.kubernetes.io/name": "sallyport", "app.kubernetes.io/component": "gateway"}


def pod(name, address, namespace="ai", image="i", labels=None):
    """A running pod."""
    made = objects.made(
        "v1", "Pod", name, {"namespace": namespace, "labels": labels or {"app": name}},
        spec={"nodeName": "one", "containers": [{"name": "c", "image": image}]},
        status={"phase": "Running", "podIP": address})
    return made


def service(name, port, kind="ClusterIP"):
    """A Service of the pods with that name."""
    return objects.made("v1", "Service", name, spec={
        "type": kind, "selector": {"app": name}, "ports": [{"name": "main", "port": port, "targetPort": port}]})


#: A model server behind a gateway that the controller made, a page that is open to the outside, and somebody else.
TOWN = [
    objects.gateway_class(), objects.gateway(objects.listener(80)), objects.route(backend="ollama"),
    pod("ollama", "10.0.1.9", image="ollama/ollama"), service("ollama", 80), pod("web", "10.0.1.10"),
    service("web", 8080, "LoadBalancer"), pod("agent", "10.0.0.7"),
    pod("gw-ai-front-1", "10.0.0.8", "sallyport-gateways", labels=LABELS),
    # Anybody may write these labels, elsewhere.
    pod("pretender", "10.0.0.9", labels=LABELS),
]
TOWN[4]["spec"]["ports"][0]["targetPort"] = 11434
ADDRESSES = {made["metadata"]["name"]: made["status"]["podIP"] for made in TOWN if made["kind"] == "Pod"}
NUMBERS = itertools.count()


def workload(name):
    """The pod as records have it."""
    namespace = "sallyport-gateways" if name.startswith("gw-") else "ai"
    return {"kind": "Pod", "namespace": namespace, "name": name, "pod": name}


def connection(source, to, port, event="opened", ago=0.0, **more):
    """What an agent says of a connection; either end is the name of a pod, or an address."""
    record = {
        "time": moment(ago), "id": f"c{next(NUMBERS)}", "point": "node",
        "verdict": "denied" if event == "denied" else "allowed",
        "reason": "isolated" if event == "denied" else "rule_matched", "revision": 1, "node": "one",
        "source": {"address": ADDRESSES.get(source, source), "port": 40_000},
        "destination": {"address": ADDRESSES.get(to, to), "port": port},
        "connection": {"event": event, "transport": "tcp", "direction": "egress" if source in ADDRESSES else "ingress"},
    }
    if source in ADDRESSES:
        record["workload"] = workload(source)
    else:
        record["source"]["range"] = "public"
    if to in ADDRESSES:
        record["destination"]["workload"] = workload(to)
    return record | more


@pytest.fixture
def post(tmp_path):
    """A hub that knows the town and posts to nobody, and an agent's stream to it."""
    authority = Authority(tmp_path, "fleet")
    (tmp_path / "objects").mkdir()
    objects.write(tmp_path / "objects" / "all.yaml", *TOWN)
    hub, source = Hub(tmp_path, authority, tmp_path / "objects").start(), None
    try:
        source = Source(tmp_path, authority, hub.port)
        yield hub, source
    finally:
        if source:
            source.close()
        hub.stop()


def alarms(hub, count, name=None):
    """Alarms, by name, once there are so many."""
    found = wait_for(hub.state, count, *([f"alarm.name={name}"] if name else ["point=hub"]))
    return [(one["alarm"]["name"], one["alarm"]["severity"], one["alarm"]["subject"]) for one in found]


def test_nobody_asks_for_the_metadata_of_the_cloud_unseen(post):
    hub, source = post
    asked = [connection("agent", "169.254.169.254", 80, "denied") for _ in range(5)]
    for record in asked:
        record["destination"]["range"] = "cloud_metadata"
    source.send(*asked)
    assert alarms(hub, 1) == [("metadata_address", "critical", "Pod ai/agent")], "said once, however often it happens"
    [said] = records(hub.state, "point=hub")
    assert said["alarm"]["evidence"] == asked[0]["id"] and "169.254.169.254" in said["alarm"]["text"]
    # Not by a record that is told of an hour later either, and after a new start.
    hub.stop()
    assert "alarm" in hub.log.read_text()


def test_nobody_calls_a_provider_past_the_gateway_unseen(post):
    hub, source = post
    anthropic = "160.79.104.10"
    # Of the gateway's own calls nothing is said.
    source.send(connection("gw-ai-front-1", anthropic, 443))
    source.send(connection("agent", anthropic, 443), connection("pretender", anthropic, 443, "denied"))
    assert alarms(hub, 2) == [
        ("provider_bypass", "critical", "Pod ai/agent to anthropic"),
        ("provider_bypass", "warning", "Pod ai/pretender to anthropic")]


def test_nobody_reaches_what_nobody_opened_unseen(post):
    hub, source = post
    source.send(
        connection("gw-ai-front-1", "ollama", 11434), connection("198.51.100.9", "web", 8080),
        connection("198.51.100.9", "web", 22), connection("agent", "ollama", 11434))
    assert alarms(hub, 2) == [
        ("exposed_listener", "critical", "Pod ai/web tcp/22"), ("exposed_listener", "warning", "Pod ai/agent to Pod ai/ollama")]


def test_nobody_sends_far_more_out_than_ever_unseen(post):
    """What a source tells of a day ago counts: so long a workload is only learned from."""
    hub, source = post
    for ago, sent in ((90_000, 5_000_000), (0, 300 << 20)):
        closed = connection("agent", "198.51.100.77", 443, "closed", ago, bytes={"in": sent, "out": 1000})
        closed["destination"]["range"] = "public"
        source.send(closed)
    [(_, severity, subject)] = alarms(hub, 1, "exfiltration")
    assert (severity, subject) == ("critical", "Pod ai/agent")


def test_a_clock_that_is_wrong_is_told_and_records_that_waited_are_no_such_clock(post, tmp_path):
    hub, source = post
    # Both are looked at together: what is not said of the first when the second is told of, is never said.
    source.send(connection("agent", "198.51.100.77", 443, ago=7_200))
    wrong = Source(tmp_path, hub.authority, hub.port, name="node-two")
    try:
        wrong.send(connection("agent", "198.51.100.78", 443), clock=time.time() - 7_200)
        assert alarms(hub, 1, "source_clock") == [("source_clock", "warning", "agent node-two")]
    finally:
        wrong.close()
    [said] = records(hub.state, "alarm.name=source_clock")
    assert re.search(r" (719\d|72\d\d) seconds behind", said["alarm"]["text"])
    # What waited is found where it belongs.
    assert [len(records(hub.state, "destination.address=198.51.100.77", since=since)) for since in ("-1h", "-130m")] == [0, 1]


def test_a_budget_that_burns_fast_is_told_before_it_is_spent(make_gateway):
    gateway = make_gateway("burning", arguments=["--console", f"127.0.0.1:{free_port()}"])
    with Upstream(Model(usage=USAGE)) as upstream:
        caller = opened(gateway, upstream.port, objects.budget("daily", {"tokens": 1_500}))
        # 120 tokens each: four are too few to tell.
        assert [caller.ask().status_code for _ in range(4)] == [200] * 4
        assert len(wait_for(gateway.state, 4, "point=gateway")) == 4
        assert records(gateway.state, "point=hub") == []
        assert [caller.ask().status_code for _ in range(2)] == [200] * 2
        [said] = wait_for(gateway.state, 1, "point=hub")
    assert (said["alarm"]["name"], said["alarm"]["severity"]) == ("budget_burn", "warning")
    assert "Budget ai/daily" in said["alarm"]["subject"] and "alice" in said["alarm"]["subject"]
    assert "of 1500 tokens" in said["alarm"]["text"]


@needs_root
def test_a_history_that_is_not_kept_is_told(tmp_path):
    """The disk under the history is full: records stay in memory, and the alarm is one of them."""
    authority = Authority(tmp_path, "fleet")
    (tmp_path / "objects").mkdir()
    viewer = keys.new_key()
    objects.write(tmp_path / "objects" / "all.yaml", *TOWN, objects.access_key("auditor", viewer, console={"role": "Viewer"}))
    hub, source = Hub(tmp_path, authority, tmp_path / "objects"), None
    hub.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", hub.state], check=True)
    try:
        hub.start()
        source = Source(tmp_path, authority, hub.port)
        with open(hub.state / "full", "wb", buffering=0) as filling:
            with pytest.raises(OSError, match="No space"):
                while True:
                    filling.write(b"x" * 65536)
        for _ in range(20):
            source.send(*(connection("agent", "web", 8080, noise=keys.new_key()) for _ in range(500)))
        # There is no room for another link that would let us in.
        deadline, found = time.monotonic() + 60, []
        while not found and time.monotonic() < deadline:
            found = httpx.get(hub.url + "/api/v1/records", params={"filter": "alarm.name=history_degraded"},
                              headers={"authorization": f"Bearer {viewer}"}).json()["records"]
            time.sleep(0.2)
        assert [(one["alarm"]["severity"], one["alarm"]["subject"]) for one in found] == [("critical", "history")]
    finally:
        if source:
            source.close()
        hub.stop()
        subprocess.run(["umount", hub.state], check=True)
