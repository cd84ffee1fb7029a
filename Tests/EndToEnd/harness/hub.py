"""The hub as others see it: `hub-probe`, built with the tests, tells of records in a file what the hub would tell."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from grpc_tools import protoc

from harness.gateway import BINARY

PROBE = str(Path(os.environ.get("SALLYPORT_TOOLS") or Path(BINARY).parent) / "hub-probe")
PROTOS = Path(__file__).resolve().parents[3] / "Sources" / "Telemetry" / "Protos"

needed = pytest.mark.skipif(not os.access(PROBE, os.X_OK), reason="hub-probe was not built: swift build builds it")


def write(records, folder):
    """A file with a line for each record."""
    path = Path(folder) / "records.jsonl"
    path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records))
    return path


def run(*arguments):
    """Runs the probe to its end; its output."""
    done = subprocess.run([PROBE, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Observer:
    """A server of flows, as long as it is open."""

    def __init__(self, path, *arguments):
        self._process = subprocess.Popen([PROBE, "observer", str(path), *arguments], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0


def client_code(folder):
    """Python's code for the Observer, made of the messages as we have them."""
    folder = Path(folder)
    wanted = ["flow/flow.proto", "relay/relay.proto", "observer/observer.proto"]
    include = str(Path(protoc.__file__).parent / "_proto")
    code = protoc.main(["protoc", f"-I{PROTOS}", f"-I{include}", f"--python_out={folder}",
                        f"--grpc_python_out={folder}", *wanted])
    assert code == 0
    sys.path.insert(0, str(folder))
    try:
        return [importlib.import_module(name) for name in
                ("flow.flow_pb2", "observer.observer_pb2", "observer.observer_pb2_grpc", "relay.relay_pb2")]
    finally:
        sys.path.remove(str(folder))


def request(number, **more):
    """The record of a request to a model."""
    record = {
        "time": f"2026-11-23T09:00:{number:02}.123456Z", "id": f"r{number}", "point": "gateway", "verdict": "allowed",
        "reason": "rule_matched", "explanation": "a rule of the policy allows it", "status": 200, "revision": 42,
        "source": {"address": "10.0.0.7", "port": 51234},
        "workload": {"kind": "Deployment", "namespace": "agents", "name": "agent", "pod": "agent-5d9-x7k2p",
                     "labels": ["app=agent"]},
        "principal": {"kind": "access_key", "name": "alice", "namespace": "ai", "owner": "alice@example.com"},
        "gateway": "ai/front", "listener": "web", "route": "HTTPRoute ai/chat", "route_rule": "talk",
        "policy": "ai/team-a", "rule": "chat",
        "http": {"method": "POST", "host": "models.example.com", "path": "/v1/chat/completions", "version": "2",
                 "user_agent": "OpenAI/Python 1.99.1"},
        "tls": {"version": "1.3", "server_name": "models.example.com"},
        "trace_context": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": f"00f067aa0ba902{number:02}",
                          "parent_span_id": "b7ad6b7169203331"},
        "destination": {"service": "ai/ollama", "address": "10.0.1.9", "port": 11434, "attempts": 1},
        "ai": {"server": "vllm", "classes": ["Inference"], "operation": "chat", "model": "llama3.2:1b", "stream": True,
               "tokens": {"input": 1200, "output": 350, "cached": 1024, "reasoning": 64}, "cost_usd": "0.00039"},
        "bytes": {"in": 1840, "out": 90112}, "timing": {"duration": 2.5, "first_byte": 0.3},
    }
    return record | more


def denied(number):
    """A request that was refused for want of a key."""
    record = request(number, verdict="denied", reason="missing_key", status=401, explanation="a key is missing")
    for name in ("destination", "ai", "principal"):
        del record[name]
    return record


def connection(number, event="opened", **more):
    """The record of a connection."""
    record = {
        "time": f"2026-11-23T09:00:{number:02}.123456Z", "id": f"c{number}", "point": "node",
        "verdict": "denied" if event == "denied" else "allowed",
        "reason": "isolated" if event == "denied" else "rule_matched", "revision": 42, "node": "n1",
        "source": {"address": "10.0.0.7", "port": 51234},
        "workload": {"kind": "Deployment", "namespace": "agents", "name": "agent", "pod": "agent-5d9-x7k2p"},
        "policy": "NetworkPolicy ai/ollama", "rule": "spec.ingress[0]",
        "destination": {"service": "ai/ollama", "address": "10.0.1.9", "port": 11434,
                        "workload": {"kind": "StatefulSet", "namespace": "ai", "name": "ollama", "pod": "ollama-0"}},
        "connection": {"event": event, "transport": "tcp", "direction": "ingress", "input_interface": "cali5a0c"},
    }
    return record | more
