"""What the hub exports, taken by a collector that is made of OpenTelemetry's published messages."""

import functools
import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import pytest
from google.protobuf import any_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (ExportLogsPartialSuccess, ExportLogsServiceRequest,
                                                                    ExportLogsServiceResponse)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (ExportMetricsServiceRequest,
                                                                          ExportMetricsServiceResponse)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (ExportTraceServiceRequest,
                                                                      ExportTraceServiceResponse)

from harness import hub

pytestmark = hub.needed

KINDS = {
    "/v1/logs": (ExportLogsServiceRequest, ExportLogsServiceResponse),
    "/v1/traces": (ExportTraceServiceRequest, ExportTraceServiceResponse),
    "/v1/metrics": (ExportMetricsServiceRequest, ExportMetricsServiceResponse),
}
RECORDS = [hub.request(1), hub.denied(2), hub.connection(3), hub.connection(4, "denied"), hub.request(5),
           {"time": "2026-11-23T09:00:06.000000Z", "id": "a", "point": "hub", "reason": "alarm", "revision": 0,
            "alarm": {"name": "budget_burns", "severity": "critical", "text": "the budget is gone in an hour"}}]


class Collector:
    """Takes what is sent to it; `answer(path, number)` gives status, headers and body of other answers."""

    def __init__(self, answer=lambda path, number: None):
        self.got = {path: [] for path in KINDS}
        self.headers = []
        self.attempts = {path: 0 for path in KINDS}
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                collector.headers.append(dict(self.headers))
                request, response = KINDS[self.path]
                collector.attempts[self.path] += 1
                other = answer(self.path, collector.attempts[self.path])
                status, headers, text = other or (200, {}, response().SerializeToString())
                if status == 200:
                    message = request.FromString(body)
                    assert not message._unknown_fields() if hasattr(message, "_unknown_fields") else True
                    collector.got[self.path].append(message)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def logs(self):
        return [log for message in self.got["/v1/logs"] for resource in message.resource_logs
                for scope in resource.scope_logs for log in scope.log_records]

    @property
    def spans(self):
        return [span for message in self.got["/v1/traces"] for resource in message.resource_spans
                for scope in resource.scope_spans for span in scope.spans]


def values(attributes):
    """Attributes as a dictionary."""
    def plain(value):
        kind = value.WhichOneof("value")
        return [plain(one) for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)

    assert len({attribute.key for attribute in attributes}) == len(attributes)
    return {attribute.key: plain(attribute.value) for attribute in attributes}


def export(records, collector, folder, *more):
    return json.loads(hub.run("export", hub.write(records, folder), collector.url, *more))


@pytest.mark.parametrize("packing", [[], ["plain"]])
def test_everything_arrives_field_by_field(tmp_path, packing):
    with Collector() as collector:
        status = export(RECORDS, collector, tmp_path, *packing)
    assert status == {"logs": 6, "spans": 3, "metrics": 1, "refused": 0, "dropped": 0, "unreadable": 0}
    assert all(headers["Content-Type"] == "application/x-protobuf" for headers in collector.headers)
    assert all(headers["X-Probe"] == "yes" for headers in collector.headers)
    assert all((headers.get("Content-Encoding") == "gzip") == (not packing) for headers in collector.headers)

    resource = collector.got["/v1/logs"][0].resource_logs[0]
    assert values(resource.resource.attributes) == {
        "service.name": "sallyport", "service.version": "1.2.3", "service.instance.id": "hub-0",
        "deployment.environment.name": "test"}
    assert resource.scope_logs[0].scope.name == "sallyport" and resource.scope_logs[0].scope.version == "1.2.3"

    log = collector.logs[0]
    assert log.time_unix_nano == 1_795_424_401_123_456_000
    assert log.observed_time_unix_nano > log.time_unix_nano - 10 ** 18
    assert (log.severity_text, log.event_name) == ("INFO", "sallyport.request")
    assert log.body.string_value == "allowed: rule_matched: a rule of the policy allows it"
    assert log.trace_id.hex() == "4bf92f3577b34da6a3ce929d0e0e4736" and log.span_id.hex() == "00f067aa0ba90201"
    expected = {
        "sallyport.id": "r1", "sallyport.point": "gateway", "sallyport.verdict": "allowed",
        "sallyport.reason": "rule_matched", "http.response.status_code": 200, "sallyport.revision": 42,
        "client.address": "10.0.0.7", "client.port": 51234, "k8s.namespace.name": "agents",
        "k8s.pod.name": "agent-5d9-x7k2p", "sallyport.workload.kind": "Deployment", "sallyport.workload.name": "agent",
        "sallyport.workload.labels": ["app=agent"], "sallyport.principal.kind": "access_key",
        "sallyport.principal.name": "alice", "sallyport.policy": "ai/team-a", "sallyport.rule": "chat",
        "server.address": "models.example.com", "url.path": "/v1/chat/completions", "url.scheme": "https",
        "http.request.method": "POST", "network.protocol.name": "http", "network.protocol.version": "2",
        "user_agent.original": "OpenAI/Python 1.99.1", "tls.protocol.version": "1.3",
        "destination.address": "10.0.1.9", "destination.port": 11434, "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "vllm", "gen_ai.request.model": "llama3.2:1b", "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 350,
        "gen_ai.usage.cache_read.input_tokens": 1024, "gen_ai.usage.reasoning.output_tokens": 64,
        "gen_ai.response.time_to_first_chunk": 0.3, "sallyport.ai.cost_usd": "0.00039",
        "http.request.body.size": 1840, "http.response.body.size": 90112, "sallyport.timing.duration": 2.5,
        "sallyport.ai.classes": ["Inference"],
    }
    own = values(log.attributes)
    assert {name: own.get(name) for name in expected} == expected

    span = collector.spans[0]
    assert (span.name, span.kind) == ("chat llama3.2:1b", 3)
    assert span.parent_span_id.hex() == "b7ad6b7169203331"
    assert span.end_time_unix_nano - span.start_time_unix_nano == 2_500_000_000
    assert values(span.attributes) == own
    refused = collector.spans[1]
    assert (refused.name, refused.kind, refused.status.code) == ("POST HTTPRoute ai/chat", 2, 0)
    assert values(refused.attributes)["error.type"] == "missing_key"
    assert [log.severity_text for log in collector.logs] == ["INFO", "WARN", "INFO", "WARN", "INFO", "ERROR"]
    assert collector.logs[5].body.string_value == "the budget is gone in an hour"


def test_metrics_say_what_the_records_say(tmp_path):
    with Collector() as collector:
        export(RECORDS, collector, tmp_path)
    metrics = {metric.name: metric for metric in
               collector.got["/v1/metrics"][0].resource_metrics[0].scope_metrics[0].metrics}
    usage = metrics["gen_ai.client.token.usage"]
    assert usage.unit == "{token}" and usage.histogram.aggregation_temporality == 2
    sums = {values(point.attributes)["gen_ai.token.type"]: point for point in usage.histogram.data_points}
    assert (sums["input"].sum, sums["output"].sum, sums["input"].count) == (2400, 700, 2)
    duration = metrics["http.server.request.duration"]
    assert duration.unit == "s"
    point = next(point for point in duration.histogram.data_points
                 if values(point.attributes)["http.response.status_code"] == "200")
    assert point.count == 2 and point.sum == 5.0 and sum(point.bucket_counts) == 2
    assert list(point.explicit_bounds) == [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    assert point.bucket_counts[10] == 2
    decisions = metrics["sallyport.decisions"].sum
    assert decisions.is_monotonic and decisions.aggregation_temporality == 2
    assert sum(point.as_double for point in decisions.data_points) == 5


def test_a_collector_that_is_busy_gets_it_later_and_once(tmp_path):
    def busy(path, number):
        return (503, {"Retry-After": "0"}, b"") if number <= 2 else None

    with Collector(busy) as collector:
        status = export(RECORDS, collector, tmp_path)
    assert status["logs"] == 6 and status["spans"] == 3 and status["refused"] == 0
    assert sorted(values(log.attributes)["sallyport.id"] for log in collector.logs) == ["a", "c3", "c4", "r1", "r2", "r5"]


def test_what_a_collector_refuses_is_counted_and_not_sent_again(tmp_path):
    with Collector(lambda path, number: (400, {}, b"no") if path == "/v1/logs" else None) as collector:
        status = export(RECORDS, collector, tmp_path)
    assert status["logs"] == 0 and status["spans"] == 3 and status["refused"] == 6
    assert collector.attempts["/v1/logs"] == 2, "one for each request, and no other"


def test_what_a_collector_takes_in_part_is_counted_in_part(tmp_path):
    part = ExportLogsServiceResponse(partial_success=ExportLogsPartialSuccess(rejected_log_records=1,
                                                                              error_message="too old"))

    def answer(path, number):
        return (200, {}, part.SerializeToString()) if path == "/v1/logs" else None

    with Collector(answer) as collector:
        status = export(RECORDS, collector, tmp_path)
    assert status["logs"] == 4 and status["refused"] == 2, "of each of two requests one"


def test_a_collector_that_never_comes_costs_only_what_was_for_it(tmp_path):
    with Collector(lambda path, number: (429, {}, b"")) as collector:
        status = export(RECORDS, collector, tmp_path)
    assert status["logs"] == 0 and status["refused"] == 6 + 3 + 1
    assert collector.attempts["/v1/metrics"] == 6


def test_lines_that_are_no_records_are_counted(tmp_path):
    path = hub.write(RECORDS, tmp_path)
    path.write_text(path.read_text() + "nonsense\n{\"id\":\n")
    with Collector() as collector:
        status = json.loads(hub.run("export", path, collector.url))
    assert status["unreadable"] == 2 and status["logs"] == 6


def test_our_messages_are_those_that_are_published(tmp_path):
    """Every message and field of ours is there under the same number, with the same kind."""
    from google.protobuf import descriptor_pb2, descriptor_pool
    from grpc_tools import protoc
    from pathlib import Path

    include = Path(protoc.__file__).parent / "_proto"
    files = sorted(path.relative_to(hub.PROTOS) for path in (hub.PROTOS / "opentelemetry").rglob("*.proto"))
    assert len(files) == 8
    assert protoc.main(["protoc", f"-I{hub.PROTOS}", f"-I{include}", f"--descriptor_set_out={tmp_path}/set",
                        *map(str, files)]) == 0
    ours = descriptor_pb2.FileDescriptorSet.FromString((tmp_path / "set").read_bytes())
    published = descriptor_pool.Default()

    def compare(message, prefix):
        theirs = published.FindMessageTypeByName(f"{prefix}.{message.name}")
        for field in message.field:
            other = theirs.fields_by_name[field.name]
            assert (field.number, field.type) == (other.number, other.type), f"{theirs.full_name}.{field.name}"
            assert (field.label == 3) == other.is_repeated
        for nested in message.nested_type:
            compare(nested, theirs.full_name)
        for kind in message.enum_type:
            numbers = {value.name: value.number for value in theirs.enum_types_by_name[kind.name].values}
            assert all(numbers[value.name] == value.number for value in kind.value)

    for file in ours.file:
        for message in file.message_type:
            compare(message, file.package)
        for kind in file.enum_type:
            theirs = published.FindEnumTypeByName(f"{file.package}.{kind.name}")
            assert all(theirs.values_by_name[value.name].number == value.number for value in kind.value)


class Caller:
    """The same collector over gRPC. `answer(signal, number)` gives a code, and what comes with it, of calls that fail."""

    SERVICES = {"logs": "logs.v1.LogsService", "traces": "trace.v1.TraceService", "metrics": "metrics.v1.MetricsService"}

    def __init__(self, answer=lambda signal, number: None):
        self.got, self.metadata, self.attempts = {name: [] for name in self.SERVICES}, [], {}
        self._answer = answer
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers([
            grpc.method_handlers_generic_handler(f"opentelemetry.proto.collector.{service}", {
                "Export": grpc.unary_unary_rpc_method_handler(
                    functools.partial(self._take, signal), KINDS[f"/v1/{signal}"][0].FromString,
                    lambda message: message.SerializeToString())})
            for signal, service in self.SERVICES.items()])
        self.url = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def _take(self, signal, message, context):
        self.attempts[signal] = self.attempts.get(signal, 0) + 1
        self.metadata.append(dict(context.invocation_metadata()))
        other = self._answer(signal, self.attempts[signal])
        if other:
            code, more = other
            context.set_trailing_metadata(more)
            context.abort(code, "not now")
        self.got[signal].append(message)
        return KINDS[f"/v1/{signal}"][1]()

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(None).wait()


def bodies(messages):
    """What was sent, without the times at which it was looked at."""
    texts = []
    for message in messages:
        for resource in message.resource_logs:
            for scope in resource.scope_logs:
                for log in scope.log_records:
                    log.observed_time_unix_nano = 0
        texts.append(message.SerializeToString(deterministic=True))
    return texts


@pytest.mark.parametrize("packing", [[], ["plain"]])
def test_over_grpc_the_same_arrives(tmp_path, packing):
    with Collector() as collector:
        export(RECORDS, collector, tmp_path)
    with Caller() as caller:
        status = export(RECORDS, caller, tmp_path, "grpc", *packing)
    assert status == {"logs": 6, "spans": 3, "metrics": 1, "refused": 0, "dropped": 0, "unreadable": 0}
    assert all(metadata["x-probe"] == "yes" for metadata in caller.metadata)
    assert bodies(caller.got["logs"]) == bodies(collector.got["/v1/logs"])
    assert [one.SerializeToString(deterministic=True) for one in caller.got["traces"]] == [
        one.SerializeToString(deterministic=True) for one in collector.got["/v1/traces"]]
    assert len(caller.got["metrics"]) == 1


def test_over_grpc_what_may_be_tried_again_is_and_what_may_not_is_given_up(tmp_path):
    def answer(signal, number):
        if signal == "logs" and number <= 2:
            return grpc.StatusCode.UNAVAILABLE, ()
        if signal == "metrics":
            return grpc.StatusCode.INVALID_ARGUMENT, ()
        return None

    with Caller(answer) as caller:
        status = export(RECORDS, caller, tmp_path, "grpc")
    assert (status["logs"], status["spans"], status["metrics"], status["refused"]) == (6, 3, 0, 1)
    assert caller.attempts["metrics"] == 1 and caller.attempts["logs"] == 4, "two of each request, and two more"


def test_over_grpc_nobody_is_asked_again_who_has_enough_unless_he_says_when(tmp_path):
    with Caller(lambda signal, number: (grpc.StatusCode.RESOURCE_EXHAUSTED, ())) as caller:
        status = export(RECORDS, caller, tmp_path, "grpc")
    assert status["logs"] == 0 and status["refused"] == 6 + 3 + 1
    assert caller.attempts == {"logs": 2, "traces": 2, "metrics": 1}
    # google.rpc.Status with RetryInfo of no time at all.
    retry = any_pb2.Any(type_url="type.googleapis.com/google.rpc.RetryInfo", value=b"\x0a\x00").SerializeToString()
    details = b"\x08\x08\x1a" + bytes([len(retry)]) + retry

    def answer(signal, number):
        return (grpc.StatusCode.RESOURCE_EXHAUSTED, (("grpc-status-details-bin", details),)) if number == 1 else None

    with Caller(answer) as caller:
        status = export(RECORDS, caller, tmp_path, "grpc")
    assert (status["logs"], status["spans"], status["metrics"], status["refused"]) == (6, 3, 1, 0)


def test_over_grpc_a_collector_that_is_away_is_waited_for_and_given_up(tmp_path):
    with Caller() as caller:
        gone = caller.url
    status = json.loads(hub.run("export", hub.write(RECORDS, tmp_path), gone, "grpc"))
    assert status["logs"] == 0 and status["refused"] == 6 + 3 + 1
