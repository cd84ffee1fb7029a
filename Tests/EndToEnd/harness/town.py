"""A gateway with its console, and callers of every kind in front of it: what they sent is known to the last request."""

import json
import shutil
import time
import urllib.request
from collections import Counter
from pathlib import Path

import httpx

from . import keys as key_texts
from . import objects
from .hub_process import wait_for
from .ports import free_port
from .spending import CHAT, SAY

POLICIES = Path(__file__).resolve().parents[3] / "examples" / "policies"
PRICES = {"input": "2.00", "output": "10.00"}
ACCEPT = {"accept": "application/json, text/event-stream"}
INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}


def _staged(policy):
    policy["metadata"]["annotations"] = {"sallyport.dev/enforcement": "staged"}
    return policy


def _guarantee(name, **rules):
    found = objects.made(objects.OUR_API, "Guarantee", name, spec={"rules": [{"name": key} | rule for key, rule in rules.items()]})
    del found["metadata"]["namespace"]
    return found


def _workload(name):
    return [{"workloads": {"namespaces": ["ai"], "names": [name]}}]


class Town:
    """Runs `up` on its objects. `requests` has every request that was sent: who, what and how it was answered."""

    def __init__(self, gateway, model, tools, files):
        self.gateway, self.console_port = gateway, free_port()
        gateway.arguments += ["--console", f"127.0.0.1:{self.console_port}"]
        self.keys = {name: key_texts.new_key() for name in ("alice", "bob", "viewer", "elsewhere")}
        self.requests = []
        for path in POLICIES.glob("*.yaml"):
            shutil.copy(path, gateway.objects / path.name)
        self.policies = self._policies()
        self._objects = [
            objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route("chat", "/", "model"), objects.backend("model", model.port, server="ollama"),
            objects.route("tools", "/mcp", "tools"), objects.backend("tools", tools.port, server="mcp"),
            objects.route("files", "/files", "files"), objects.backend("files", files.port),
            objects.route("bare", "/bare", "files"), objects.route("metered", "/", "model", hostnames=["metered.test"]),
            objects.access_key("alice", self.keys["alice"], labels={"team": "a"}, owner="alice@example.test"),
            objects.access_key("bob", self.keys["bob"]),
            objects.access_key("viewer", self.keys["viewer"], console={"role": "Viewer"}),
            objects.access_key("elsewhere", self.keys["elsewhere"], console={"role": "Viewer", "namespaces": ["monitoring"]}),
            objects.budget("daily", {"dollars": "5.00"}, target="chat", kind="HTTPRoute", per="AccessKey"),
            objects.budget("small", {"tokens": 1500}, target="metered", kind="HTTPRoute", per="AccessKey"),
            objects.provider("model", ["model"], [{"match": ["small-*"], "maxOutputTokens": 100, "prices": PRICES}]),
            _guarantee("documents", **{
                "agents-read": {"always": {"from": _workload("agent"), "to": _workload("vectors"), "ports": [{"port": 6333}]}},
                "nobody-reads": {"never": {"from": _workload("agent"), "to": _workload("vectors")}}}),
        ]
        self.write()

    @staticmethod
    def _policies():
        def on(name, *rules, target=None):
            return objects.policy_of(name, *rules, target=target or name, kind="HTTPRoute")

        alice = objects.keys_named("alice")
        small = {"classes": ["Inference", "Metadata"], "models": ["small-*"]}
        public = {"methods": ["GET"], "paths": [{"type": "PathPrefix", "value": "/files/public"}]}
        return [
            on("chat", objects.rule("talk", alice, to=[small]),
               objects.rule("manage", objects.keys_named("viewer"), to=[{"classes": ["ModelMutation"]}])),
            _staged(on("chat-next", objects.rule("talk", alice, to=[small | {"models": ["small-1"]}]), target="chat")),
            on("tools", objects.rule("use", alice, to=[{"classes": ["CodeExecution"], "tools": ["add", "echo_*"]}])),
            on("files", objects.rule("read", alice, to=[public])),
            on("metered", objects.rule("talk", alice)),
            on("unused", objects.rule("anything", alice), target="nowhere"),
        ]

    def write(self):
        """Puts the objects there; a running gateway takes them up."""
        objects.write(self.gateway.objects / "all.yaml", *self._objects, *self.policies)

    def change(self):
        """Puts the objects there, and returns when they are in force."""
        before = self._revision
        self.write()
        deadline = time.monotonic() + 20
        while self._revision == before:
            assert time.monotonic() < deadline, f"the change is never taken up:\n{self.gateway.last_words}"
            time.sleep(0.05)

    @property
    def _revision(self):
        return json.loads(self.gateway.admin_get("/status"))["revision"]

    def start(self):
        """Starts the gateway and its console."""
        self.gateway.start()
        return self

    # The console

    @property
    def url(self):
        """Of the console."""
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def link(self):
        """The link that opens it now, once."""
        return (self.gateway.state / "console-link").read_text().strip()

    def api(self, path, key="viewer"):
        """What the API says."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}", headers={"authorization": f"Bearer {self.keys[key]}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    # Requests

    def records(self):
        """Of everything that was sent, as the hub has them."""
        return wait_for(self.gateway.state, len(self.requests))

    def record(self, answer):
        """Of one request."""
        wanted = answer.headers["x-request-id"]
        [found] = self.gateway.wait_for_records(1, lambda record: record["id"] == wanted)
        return found

    def send(self, path, body=None, key="alice", method=None, host=None, **headers):
        """One request, which is noted."""
        sent = ACCEPT | ({"host": host} if host else {}) | headers
        if key:
            sent["authorization"] = f"Bearer {self.keys.get(key, key)}"
        method = method or ("GET" if body is None else "POST")
        answer = httpx.request(method, self.gateway.url + path, json=body, headers=sent, timeout=30)
        self.requests.append((answer.headers["x-request-id"], answer.status_code))
        return answer

    def chat(self, model="small-1", **more):
        """Asks a model."""
        caller = {name: more.pop(name) for name in ("key", "host") if name in more}
        return self.send(CHAT, {"model": model, "messages": SAY, "max_tokens": 50} | more, **caller)

    def tool(self, name, **arguments):
        """Calls a tool, in the session that `everything` opened."""
        call = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        return self.send("/mcp", call, **self.session)

    def _open_session(self):
        begun = self.send("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE})
        self.session = {"mcp-session-id": begun.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
        self.send("/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"}, **self.session)

    def everything(self):
        """A few dozen requests; those that are denied by what denies them."""
        for _ in range(12):
            self.chat()
        for _ in range(5):
            self.chat("small-2")
        for _ in range(3):
            self.chat(stream=True)
        self._open_session()
        self.tool("add", a=1, b=2)
        self.tool("echo_text", text="a")
        self.send("/files/public/a")
        denied = {
            "missing_key": self.chat(key=None), "unknown_key": self.chat(key=key_texts.new_key()),
            "key_not_listed": self.chat(key="bob"), "model_not_listed": self.chat("large"),
            "class_not_listed": self.send("/api/pull", {"model": "small-1"}), "tool_not_listed": self.tool("shell", command="id"),
            "path_not_listed": self.send("/files/secret"), "method_not_listed": self.send("/files/public/a", method="DELETE"),
            "no_policy": self.send("/bare"), "unknown_endpoint": self.send("/api/nothing", {}),
        }
        while (answer := self.chat(host="metered.test")).status_code == 200:
            assert len(self.requests) < 60, "the budget never ends"
        denied["budget_exhausted"] = answer
        self.denied = {name: answer.headers["x-request-id"] for name, answer in denied.items()}
        self.records()
        return self

    @property
    def counts(self):
        """How many were let through, and how many were not."""
        return Counter("allowed" if status < 400 else "denied" for _, status in self.requests)
