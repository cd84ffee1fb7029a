"""Tools behind the front door: which are seen, which may be called, and whose session it is."""

import json

import anyio
import httpx
import mcp
import mcp.client.streamable_http
import pytest
from mcp.client.client import Client
from mcp.shared._httpx_utils import create_mcp_http_client

from harness import keys, objects
from harness.mcp_server import MCPProcess

ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
RULE = {"classes": ["CodeExecution"], "tools": ["add", "echo_*"]}


class Workshop:
    """A gateway in front of an MCP server, and its callers: two alike, one with a limit, one who may do all."""

    def __init__(self, gateway, server, **held):
        self.gateway, self.server, self.held = gateway, server, held
        self.alice, self.bob = held["alice"], held["bob"]

    @property
    def url(self):
        """Where MCP is."""
        return self.gateway.url + "/mcp"

    def client(self, act, key=None, mode="auto"):
        """Runs `act(client)` with the client of the `mcp` package, and returns what it returns."""

        async def run():
            headers = {"authorization": f"Bearer {key or self.alice}"}
            async with create_mcp_http_client(headers=headers) as http:
                transport = mcp.client.streamable_http.streamable_http_client(self.url, http_client=http)
                async with Client(transport, mode=mode) as client:
                    return await act(client)

        return anyio.run(run)

    def post(self, body, key=None, **headers):
        """One message, with nothing between it and the wire."""
        sent = ACCEPT | {"authorization": f"Bearer {key or self.alice}"} | headers
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(self.url, content=content, headers=sent, timeout=20)

    def open(self, key=None):
        """Opens a session; the headers that belong to it."""
        answer = self.post(INITIALIZE, key)
        assert answer.status_code == 200, answer.text
        session = {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
        assert self.post({"jsonrpc": "2.0", "method": "notifications/initialized"}, key, **session).status_code == 202
        return session

    def record(self, answer):
        """The record of an answer."""
        [found] = self.gateway.wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
        return found


INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}}


def call(name, number=7, **arguments):
    """A call of a tool."""
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


@pytest.fixture(scope="module", params=["events", "json"])
def workshop(request, make_gateway):
    """Two kinds of servers: those that answer with event streams, and those that answer with JSON."""
    gateway, held = make_gateway("mcp"), {name: keys.new_key() for name in ("alice", "bob", "slow", "root")}
    limits = {"requests": {"count": 10, "window": "1h"}}
    with MCPProcess(request.param) as server:
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route(backend="tools"), objects.backend("tools", server.port, server="mcp"),
            [objects.access_key(name, key) for name, key in held.items()],
            objects.policy_of("tools", objects.rule("some", objects.keys_named("alice", "bob"), to=[RULE]),
                              objects.rule("few", objects.keys_named("slow"), to=[RULE], limits=limits),
                              objects.rule("all", objects.keys_named("root"))))
        yield Workshop(gateway.start(), server, **held)
        assert "DELETED" not in (said := server.end()) and "RAN" not in said, said


#: Finding out what the server speaks, sessions as they were first, and requests that each stand for themselves.
MODES = ["auto", "legacy", "2026-07-28"]


@pytest.mark.parametrize("mode", MODES)
def test_only_tools_that_may_be_called_are_seen(workshop, mode):
    async def names(client):
        return [tool.name for tool in (await client.list_tools()).tools]

    assert workshop.client(names, mode=mode) == ["add", "echo_text"]


def test_each_caller_sees_its_own(workshop):
    async def names(client):
        return [tool.name for tool in (await client.list_tools()).tools]

    assert workshop.client(names, workshop.held["root"]) == ["add", "echo_text", "delete_files", "shell"]
    assert workshop.client(names, workshop.bob) == ["add", "echo_text"]


def test_a_limit_is_an_error_that_the_client_understands(workshop):
    async def too_often(client):
        for _ in range(11):
            await client.call_tool("add", {"a": 1, "b": 1})

    with pytest.raises(ExceptionGroup) as error:
        workshop.client(too_often, workshop.held["slow"], mode="legacy")
    assert error.group_contains(mcp.MCPError, match="Too many requests")


@pytest.mark.parametrize("mode", MODES)
def test_tools_that_may_be_called_work(workshop, mode):
    async def calls(client):
        return [(await client.call_tool("add", {"a": 2, "b": 40})).content[0].text,
                (await client.call_tool("echo_text", {"text": "\u00e9 \U0001f600 \"quoted\""})).content[0].text]

    assert workshop.client(calls, mode=mode) == ["42", "\u00e9 \U0001f600 \"quoted\""]


@pytest.mark.parametrize("mode", MODES)
def test_what_may_not_be_used_is_an_error_that_the_client_understands(workshop, mode):
    """And the session goes on after it."""

    async def refused(client):
        told = []
        for use in (lambda: client.call_tool("shell", {"command": "id"}),
                    lambda: client.call_tool("delete_files", {"path": "/"}),
                    lambda: client.call_tool("ADD", {"a": 1, "b": 1}), lambda: client.read_resource("memo://today"),
                    lambda: client.get_prompt("greet", {"name": "x"})):
            with pytest.raises(mcp.MCPError) as error:
                await use()
            told.append((error.value.code, error.value.message, error.value.data["code"]))
        return told, (await client.call_tool("add", {"a": 1, "b": 1})).content[0].text

    told, after = workshop.client(refused, mode=mode)
    assert set(told) == {(-32001, "This tool is not allowed with your credentials.", "tool_not_allowed")} and after == "2"


def test_a_wrong_key_lets_no_client_in(workshop):
    async def never(client):
        raise AssertionError("let in")

    with pytest.raises(ExceptionGroup) as error:
        workshop.client(never, key=keys.new_key())
    assert error.group_contains(mcp.MCPError) and not error.group_contains(AssertionError)
    answer = workshop.post(INITIALIZE, keys.new_key())
    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")


def test_records_name_the_tool(workshop):
    session = workshop.open()
    good = workshop.record(workshop.post(call("add", a=1, b=2), **session))
    assert (good["ai"]["mcp_method"], good["ai"]["tool"]) == ("tools/call", "add")
    assert good["ai"]["operation"] == "execute_tool"
    denied = workshop.post(call("shell", command="id"), **session)
    assert denied.status_code == 403 and denied.json()["id"] == 7
    assert denied.json()["error"]["data"]["code"] == "tool_not_allowed"
    record = workshop.record(denied)
    assert (record["verdict"], record["reason"], record["ai"]["tool"]) == ("denied", "tool_not_allowed", "shell")


REFUSED = {
    "a batch": [call("add", a=1, b=2), call("shell", command="id")],
    "a batch of one": [call("add", a=1, b=2)],
    "nothing": b"", "a list of nothing": [], "text": '"tools/call"',
    "a name twice": b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","name":"shell","arguments":{}}}',
    "a name in another case too": b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","Name":"shell"}}',
    "a name in another case": b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"Name":"shell"}}',
    "a method in another case": b'{"jsonrpc":"2.0","id":7,"method":"tools/list","Method":"tools/call","params":{"name":"shell"}}',
    "a method twice": b'{"jsonrpc":"2.0","id":7,"method":"tools/list","method":"tools/call","params":{"name":"shell"}}',
    "parameters twice": b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add"},"params":{"name":"shell"}}',
    "another version": {"jsonrpc": "1.0", "id": 7, "method": "tools/list"}, "no version": {"id": 7, "method": "tools/list"},
    "a name that is a list": {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": ["shell"]}},
    "no name": {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {}},
    "parameters that are a list": {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": ["shell"]},
    "method and result": {"jsonrpc": "2.0", "id": 7, "method": "tools/list", "result": {}},
    "an identifier that is none": {"jsonrpc": "2.0", "id": {"a": 1}, "method": "tools/list"},
    "depth": b'{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"a":' + b"[" * 70 + b"]" * 70 + b"}}",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_message_is_refused(workshop, what):
    session = workshop.open()
    answer = workshop.post(REFUSED[what], **session)
    assert answer.status_code == 400, answer.text
    assert workshop.record(answer)["reason"] == "invalid_body"


def test_headers_must_say_what_the_message_says(workshop):
    session = workshop.open()
    other = {"mcp-method": "tools/call", "mcp-name": "shell"}
    for headers in ({"mcp-method": "tools/list"}, {"mcp-name": "echo_text"}, other):
        assert workshop.post(call("add", a=1, b=2), **session, **headers).status_code == 400, headers
    right = {"mcp-method": "tools/call", "mcp-name": "add"}
    assert workshop.post(call("add", a=1, b=2), **session, **right).status_code == 200


def test_a_notification_is_no_way_around(workshop):
    session = workshop.open()
    for name in ("shell", "delete_files"):
        message = {name: value for name, value in call(name).items() if name != "id"}
        assert workshop.post(message, **session).status_code == 403
    unknown = call("shell") | {"method": "tools/call/"}
    assert workshop.post(unknown, **session).status_code == 403


def test_a_session_is_of_use_to_nobody_else(workshop):
    session = workshop.open()
    assert workshop.post(call("add", a=1, b=2), **session).status_code == 200
    for use in (lambda: workshop.post(call("add", a=1, b=2), workshop.bob, **session),
                lambda: httpx.get(workshop.url, headers=ACCEPT | session | {"x-api-key": workshop.bob}),
                lambda: httpx.delete(workshop.url, headers=session | {"x-api-key": workshop.bob})):
        stolen = use()
        assert stolen.status_code == 404 and workshop.record(stolen)["reason"] == "session_not_yours", stolen.text
    own = workshop.open(workshop.bob)
    assert own != session and workshop.post(call("add", a=1, b=2), workshop.bob, **own).status_code == 200
    assert workshop.post(call("add", a=1, b=2), **session).status_code == 200, "it still is its owner's"


def test_identifiers_that_nobody_was_given(workshop):
    session = workshop.open()["mcp-session-id"]
    changed = session[:-1] + ("0" if session[-1] != "0" else "1")
    for identifier in (session.rpartition(".")[0], changed, session + "0", "x", "x.y", session.upper(), "." + session):
        answer = workshop.post(call("add", a=1, b=2), **{"mcp-session-id": identifier, "mcp-protocol-version": "2025-06-18"})
        assert answer.status_code == 404, identifier


def test_a_session_ends_when_its_owner_says_so(workshop):
    session = workshop.open()
    ended = httpx.delete(workshop.url, headers=session | {"x-api-key": workshop.alice})
    assert ended.status_code in (200, 204)
    assert workshop.post(call("add", a=1, b=2), **session).status_code == 404


@pytest.mark.parametrize("origin", [
    "https://evil.example", "null", "http://127.0.0.1", "http://localhost:{port}", "https://127.0.0.1:{port}",
    "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/"])
def test_pages_of_others_are_refused(workshop, origin):
    answer = workshop.post(INITIALIZE, origin=origin.format(port=workshop.gateway.port))
    assert answer.status_code == 403 and workshop.record(answer)["reason"] == "origin_not_allowed"


def test_pages_of_the_server_itself_are_not(workshop):
    assert workshop.post(INITIALIZE, origin=f"http://127.0.0.1:{workshop.gateway.port}").status_code == 200


def test_other_paths_of_an_mcp_server_are_denied(workshop):
    for path in ("/sse", "/messages", "/", "/mcp/x"):
        answer = httpx.post(workshop.gateway.url + path, json=INITIALIZE, headers=ACCEPT | {"x-api-key": workshop.alice})
        assert answer.status_code == 403, path
