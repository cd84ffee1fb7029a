"""What the hub exports over gRPC. `test_otlp.py` runs this in a process of its own."""

import functools
import json
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import any_pb2

from harness import hub
from test_otlp import KINDS, RECORDS, Collector, export

pytestmark = hub.needed


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
