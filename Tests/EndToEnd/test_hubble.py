"""Hubble's Observer API, asked by a client that Google's own gRPC made."""

import grpc
import pytest

from harness import hub

pytestmark = hub.needed

RECORDS = [hub.request(1), hub.connection(2), hub.connection(3, "denied"), hub.denied(4), hub.connection(5, "closed"),
           {"time": "2026-11-23T09:00:06.000000Z", "id": "h", "point": "node", "reason": "not_shown", "revision": 42,
            "node": "n1", "hidden": {"lost": 5, "denied": 2}}]


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    """Messages and stub."""
    flow, observer, stubs, relay = hub.client_code(tmp_path_factory.mktemp("protos"))
    return type("Code", (), {"flow": flow, "observer": observer, "stubs": stubs, "relay": relay})


@pytest.fixture(scope="module")
def stub(code, tmp_path_factory):
    path = hub.write(RECORDS, tmp_path_factory.mktemp("records"))
    with hub.Observer(path) as server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield code.stubs.ObserverStub(channel)


def flows(stub, code, **asked):
    answers = stub.GetFlows(code.observer.GetFlowsRequest(**asked), timeout=20)
    return [answer.flow for answer in answers if answer.WhichOneof("response_types") == "flow"]


def test_flows_have_what_the_records_have(stub, code):
    request, opened, dropped, refused, closed = flows(stub, code)
    assert [flow.uuid for flow in (request, opened, dropped, refused, closed)] == ["r1", "c2", "c3", "r4", "c5"]
    assert request.time.ToJsonString() == "2026-11-23T09:00:01.123456Z"
    assert request.Type == code.flow.L7 and request.verdict == code.flow.FORWARDED
    assert request.IP.source == "10.0.0.7" and request.IP.ipVersion == code.flow.IPv4
    assert request.l4.TCP.destination_port == 11434
    assert request.source.namespace == "agents" and request.source.pod_name == "agent-5d9-x7k2p"
    assert "k8s:app=agent" in request.source.labels
    assert request.source.workloads[0].kind == "Deployment"
    assert request.destination_service.name == "ollama" and request.destination_names == ["models.example.com"]
    assert request.l7.http.code == 200 and request.l7.http.method == "POST"
    assert request.l7.http.url == "https://models.example.com/v1/chat/completions"
    assert request.l7.latency_ns == 2_500_000_000
    assert request.trace_context.parent.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert [policy.name for policy in request.ingress_allowed_by] == ["team-a"]
    assert request.Summary.startswith("HTTP/2 200 2500ms (POST https://models.example.com/")
    assert request.HasField("is_reply") and not request.is_reply.value
    assert opened.Type == code.flow.L3_L4 and opened.l4.TCP.flags.SYN and opened.node_name == "n1"
    assert opened.event_type.type == 5 and opened.traffic_direction == code.flow.INGRESS
    assert dropped.verdict == code.flow.DROPPED and dropped.drop_reason_desc == code.flow.POLICY_DENIED
    assert dropped.ingress_denied_by[0].kind == "NetworkPolicy"
    assert refused.drop_reason_desc == code.flow.AUTH_REQUIRED
    assert closed.l4.TCP.flags.FIN is False and closed.event_type.type == 4


def test_filters_as_the_command_line_sends_them(stub, code):
    kind = code.flow.FlowFilter
    dropped = kind(verdict=[code.flow.DROPPED])
    assert [flow.uuid for flow in flows(stub, code, whitelist=[dropped])] == ["c3", "r4"]
    assert [flow.uuid for flow in flows(stub, code, whitelist=[dropped], number=1)] == ["r4"]
    assert [flow.uuid for flow in flows(stub, code, whitelist=[dropped], number=1, first=True)] == ["c3"]
    # --pod agents/agent: from it or to it.
    either = [kind(source_pod=["agents/agent"]), kind(destination_pod=["agents/agent"])]
    assert len(flows(stub, code, whitelist=either)) == 5
    assert [flow.uuid for flow in flows(stub, code, whitelist=either, blacklist=[kind(protocol=["http"])])] == [
        "c2", "c3", "c5"]
    assert [flow.uuid for flow in flows(stub, code, whitelist=[kind(http_path=["^/v1/chat"], http_status_code=["4+"])])
            ] == ["r4"]
    assert [flow.uuid for flow in flows(stub, code, whitelist=[kind(source_label=["app in (agent,x)"])])] == ["r1", "r4"]


def test_times(stub, code):
    from google.protobuf.timestamp_pb2 import Timestamp

    since, until = Timestamp(), Timestamp()
    since.FromJsonString("2026-11-23T09:00:02Z")
    until.FromJsonString("2026-11-23T09:00:04Z")
    assert [flow.uuid for flow in flows(stub, code, since=since, until=until)] == ["c2", "c3"]


def test_field_mask(stub, code):
    from google.protobuf.field_mask_pb2 import FieldMask

    flow = flows(stub, code, number=1, field_mask=FieldMask(paths=["uuid", "source.pod_name", "l4"]))[0]
    assert {field.name for field, _ in flow.ListFields()} == {"uuid", "source", "l4"}
    assert [field.name for field, _ in flow.source.ListFields()] == ["pod_name"]


def test_following_tells_of_what_was_lost(stub, code):
    answers = stub.GetFlows(code.observer.GetFlowsRequest(follow=True), timeout=20)
    seen = {}
    for answer in answers:
        seen.setdefault(answer.WhichOneof("response_types"), answer)
        losses = {"flow", "lost_events", "node_status"}
        if losses <= set(seen):
            break
    answers.cancel()
    assert seen["lost_events"].lost_events.num_events_lost == 3
    assert seen["lost_events"].lost_events.source == code.flow.HUBBLE_RING_BUFFER
    assert seen["node_status"].node_status.state_change == code.relay.NODE_CONNECTED


def test_what_a_node_did_not_show_is_lost(stub, code):
    answers = list(stub.GetFlows(code.observer.GetFlowsRequest(), timeout=20))
    lost = [answer for answer in answers if answer.WhichOneof("response_types") == "lost_events"]
    assert [answer.lost_events.num_events_lost for answer in lost] == [7]
    assert lost[0].node_name == "n1"
    away = [answer.node_status for answer in answers if answer.node_status.state_change == code.relay.NODE_UNAVAILABLE]
    assert [list(status.node_names) for status in away] == [["n2"]]


def test_status_nodes_and_namespaces(stub, code):
    status = stub.ServerStatus(code.observer.ServerStatusRequest(), timeout=20)
    assert (status.num_flows, status.seen_flows, status.flows_rate) == (6, 11, 1.5)
    assert status.num_connected_nodes.value == 1 and list(status.unavailable_nodes) == ["n2"]
    nodes = stub.GetNodes(code.observer.GetNodesRequest(), timeout=20).nodes
    assert [(node.name, node.state) for node in nodes] == [
        ("n1", code.relay.NODE_CONNECTED), ("n2", code.relay.NODE_UNAVAILABLE)]
    names = stub.GetNamespaces(code.observer.GetNamespacesRequest(), timeout=20).namespaces
    assert [name.namespace for name in names] == ["agents", "ai"]


@pytest.mark.parametrize("asked, words", [
    (dict(first=True, follow=True), "first"),
    (dict(whitelist=[dict(source_ip=["10.0.0"])]), "source_ip"),
    (dict(whitelist=[dict(http_path=["("])]), "http_path"),
    (dict(blacklist=[dict(experimental=dict(cel_expression=["true"]))]), "cel_expression"),
])
def test_nonsense_is_refused(stub, code, asked, words):
    with pytest.raises(grpc.RpcError) as error:
        flows(stub, code, **asked)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT and words in error.value.details()


def test_events_of_another_products_agent_are_none(code, tmp_path):
    with hub.Observer(hub.write([], tmp_path)) as server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = channel.unary_stream("/observer.Observer/GetAgentEvents")
        with pytest.raises(grpc.RpcError) as error:
            list(call(b"", timeout=20))
    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_socket_in_the_file_system(code, tmp_path):
    path = hub.write(RECORDS, tmp_path)
    with hub.Observer(path, f"unix:{tmp_path}/hubble.sock"):
        with grpc.insecure_channel(f"unix:{tmp_path}/hubble.sock") as channel:
            assert len(flows(code.stubs.ObserverStub(channel), code)) == 5
