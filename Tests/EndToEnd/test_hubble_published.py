"""Hubble's API against what is published: our messages by name, number and type, and a client made of the published ones."""

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

from harness import hub, published


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Our three files, compiled."""
    path = tmp_path_factory.mktemp("protos") / "set"
    include = str(hub.Path(protoc.__file__).parent / "_proto")
    code = protoc.main(["protoc", f"-I{hub.PROTOS}", f"-I{include}", f"--descriptor_set_out={path}",
                        "flow/flow.proto", "relay/relay.proto", "observer/observer.proto"])
    assert code == 0
    files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
    messages, enumerations, calls = {}, {}, {}
    for file in files:
        for mine, all_of in zip((messages, enumerations, calls), published.of_descriptor(file)):
            mine.update(all_of)
    return messages, enumerations, calls


def test_each_field_value_and_call_is_the_published_one(ours):
    there = published.table()
    for mine, theirs in zip(ours[:2], there[:2]):
        assert mine and set(mine) <= set(theirs)
        for name, members in mine.items():
            for number, member in members.items():
                assert theirs[name].get(number) == member, f"{name} {number}"
    assert ours[2] == there[2] and len(there[2]) == 4


def test_the_table_is_one_that_messages_can_be_made_of():
    messages, enumerations, calls = published.table()
    kinds = {kind for fields in messages.values() for _, kind, _, _ in fields.values()}
    named = {kind for kind in kinds if "." in kind and not kind.startswith("google.protobuf.")}
    assert named <= set(messages) | set(enumerations)
    assert all(0 in values for values in enumerations.values())
    assert {name for asked, answered, _ in calls.values() for name in (asked, answered)} <= set(messages)


RECORDS = [hub.request(1), hub.connection(2), hub.connection(3, "denied"), hub.denied(4), hub.connection(5, "closed")]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    if not hub.os.access(hub.PROBE, hub.os.X_OK):
        pytest.skip("hub-probe was not built: swift build builds it")
    path = hub.write(RECORDS, tmp_path_factory.mktemp("records"))
    with hub.Observer(path) as server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield published.Client(channel)


def test_a_client_of_the_published_messages_is_answered(client):
    answers = list(client.ask("GetFlows"))
    assert [client.unknown(answer) for answer in answers] == [[]] * len(answers)
    flows = [answer.flow for answer in answers if answer.WhichOneof("response_types") == "flow"]
    request, opened, dropped, refused, closed = flows
    assert [flow.uuid for flow in flows] == ["r1", "c2", "c3", "r4", "c5"]
    assert request.time.ToJsonString() == "2026-11-23T09:00:01.123456Z"
    assert request.Type == client.value("flow.FlowType", "L7")
    assert request.IP.source == "10.0.0.7" and request.l4.WhichOneof("protocol") == "TCP"
    assert request.l7.http.code == 200 and request.l7.http.method == "POST"
    assert request.source.pod_name == "agent-5d9-x7k2p" and request.source.workloads[0].kind == "Deployment"
    assert opened.l4.TCP.flags.SYN and opened.node_name == "n1"
    assert opened.traffic_direction == client.value("flow.TrafficDirection", "INGRESS")
    assert dropped.verdict == client.value("flow.Verdict", "DROPPED")
    assert dropped.drop_reason_desc == client.value("flow.DropReason", "POLICY_DENIED")
    assert refused.drop_reason_desc == client.value("flow.DropReason", "AUTH_REQUIRED")
    assert dropped.ingress_denied_by[0].kind == "NetworkPolicy" and closed.event_type.type == 4


def test_its_filters_are_understood(client):
    def asked(**members):
        answers = client.ask("GetFlows", **members)
        return [answer.flow.uuid for answer in answers if answer.WhichOneof("response_types") == "flow"]

    dropped = dict(verdict=[client.value("flow.Verdict", "DROPPED")])
    assert asked(whitelist=[dropped]) == ["c3", "r4"]
    assert asked(blacklist=[dropped], first=True, number=1) == ["r1"]
    assert asked(whitelist=[dict(protocol=["http"], http_status_code=["4+"])]) == ["r4"]
    assert asked(whitelist=[dict(source_workload=[dict(kind="Deployment", name="agent")], uuid=["r1"])]) == ["r1"]
    with pytest.raises(grpc.RpcError) as error:
        asked(whitelist=[dict(experimental=dict(cel_expression=["true"]))])
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_status_nodes_and_namespaces(client):
    answers = [client.ask(call) for call in ("ServerStatus", "GetNodes", "GetNamespaces")]
    assert [client.unknown(answer) for answer in answers] == [[], [], []]
    status, nodes, names = answers
    assert status.num_flows == len(RECORDS) and status.version
    assert [node.name for node in nodes.nodes] == ["n1", "n2"]
    assert nodes.nodes[0].state == client.value("relay.NodeState", "NODE_CONNECTED")
    assert [name.namespace for name in names.namespaces] == ["agents", "ai"]
