"""The hub: what passed the front door is asked for, followed, added up and proved; from this process and from others."""

import contextlib
import http.server
import json
import shutil
import subprocess
import threading
import time

import grpc
import httpx
import pytest

from harness import keys, objects
from harness.certificates import Authority
from harness.gateway import BINARY
from harness.hub_process import Hub, ask, records, wait_for
from harness.ports import free_port

CHAT = "/v1/chat/completions"


def furnish(gateway, upstream_port, *more):
    """A door that lets alice chat, and nobody else."""
    key = keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.route(), objects.backend("model", upstream_port), objects.access_key("alice", key),
        objects.policy(to=[{"methods": ["POST"], "paths": [{"type": "PathPrefix", "value": "/v1"}]}]), *more)
    return key


@pytest.fixture
def watched(make_gateway, standin):
    """A gateway with a hub in it."""
    console = free_port()
    gateway = make_gateway("hub", arguments=["--console", f"127.0.0.1:{console}"])
    key = furnish(gateway, standin.port)
    gateway.console = f"http://127.0.0.1:{console}"
    return gateway.start(), key


def call(gateway, key, path=CHAT, count=1):
    """Status codes of some requests."""
    with httpx.Client(base_url=gateway.url, headers={"x-api-key": key} if key else {}) as client:
        return [client.post(path, json={"model": "stand-in", "messages": []}).status_code for _ in range(count)]


def session(gateway):
    """A client that came by the link of the start."""
    client = httpx.Client(base_url=gateway.console)
    link = (gateway.state / "console-link").read_text().strip()
    assert client.get(link).status_code in (302, 303)
    return client


def test_decisions_are_asked_for(watched):
    gateway, key = watched
    assert call(gateway, key, count=3) == [200] * 3
    assert call(gateway, None) == [401] and call(gateway, key, "/api/pull") == [403]
    found = wait_for(gateway.state, 5)
    on_file = {record["id"]: record for record in gateway.wait_for_records(5)}
    assert {record["id"]: record for record in found} == on_file
    denied = records(gateway.state, "verdict=denied")
    assert sorted(record["reason"] for record in denied) == ["missing_key", "rule_not_matched"] or len(denied) == 2
    assert len(records(gateway.state, "verdict=denied", "http.path=/api/pull")) == 1
    assert len(records(gateway.state, "principal=alice and not http.path=/api/pull")) == 3

    text = ask(gateway.state, "flows", "verdict=denied", "--columns", "time,verdict,http.path,reason")
    assert text.returncode == 0 and len(text.stdout.splitlines()) == 3, text
    assert "/api/pull" in text.stdout and "missing_key" in text.stdout

    whole = ask(gateway.state, "record", denied[0]["id"])
    assert whole.returncode == 0 and denied[0]["id"] in whole.stdout and "what the rules said" in whole.stdout
    assert json.loads(ask(gateway.state, "record", denied[0]["id"], "-o", "json").stdout) == denied[0]
    top = ask(gateway.state, "top", "--by", "key", "--once")
    assert top.returncode == 0 and "alice" in top.stdout, top


def test_a_key_that_opens_the_front_door_alone_keeps_nobody_from_the_hub_of_this_machine(watched, monkeypatch):
    """It is exported where requests are made; the same terminal asks what became of them."""
    gateway, key = watched
    monkeypatch.setenv("SALLYPORT_KEY", key)
    assert call(gateway, key) == [200]
    wait_for(gateway.state, 1)
    answer = ask(gateway.state, "flows")
    assert answer.returncode == 0 and "alice" in answer.stdout, answer


def test_wrong_questions_are_explained(watched):
    gateway, _ = watched
    answer = ask(gateway.state, "flows", "verdikt=denied")
    assert answer.returncode == 64 and "verdikt" in answer.stderr and "character 1" in answer.stderr, answer
    assert ask(gateway.state, "flows", "--columns", "nonsense").returncode == 64
    assert ask(gateway.state, "record", "../../etc").returncode == 64
    assert ask(gateway.state, "record", "0" * 32).returncode != 0
    nobody = ask(gateway.home / "elsewhere", "flows")
    assert nobody.returncode == 69 and "no hub runs" in nobody.stderr


def test_what_comes_is_followed(watched):
    gateway, key = watched
    process = subprocess.Popen(
        [BINARY, "flows", "--follow", "--limit", "0", "-o", "json", "--state", gateway.state, "principal=alice"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    heard = []
    reader = threading.Thread(target=lambda: heard.extend(process.stdout))
    reader.start()
    try:
        deadline = time.monotonic() + 30
        # What comes before the stream is open is past.
        while not heard and time.monotonic() < deadline:
            assert call(gateway, key) == [200] and call(gateway, None) == [401]
            time.sleep(0.3)
        assert heard and process.poll() is None
        assert all(json.loads(line)["principal"]["name"] == "alice" for line in heard)
    finally:
        process.kill()
        process.wait()
        reader.join()


def test_records_are_proved_unchanged(watched):
    gateway, key = watched
    call(gateway, key, count=20)
    assert len(wait_for(gateway.state, 20)) == 20
    good = ask(gateway.state, "records", "verify", "-o", "json")
    assert good.returncode == 0 and json.loads(good.stdout)["records"] == 20, good
    head = json.loads(good.stdout)["head"]
    gateway.stop()
    copy = gateway.home / "copy"
    shutil.copytree(gateway.state, copy)
    assert ask(copy, "records", "verify", "--head", head).returncode == 0
    [segment] = (copy / "history" / "records").glob("*.seg")
    changed = bytearray(segment.read_bytes())
    changed[len(changed) // 2] ^= 1
    segment.write_bytes(changed)
    bad = ask(copy, "records", "verify")
    assert bad.returncode == 1 and segment.name in bad.stdout, bad
    shutil.rmtree(copy / "history" / "records")
    (copy / "history" / "records").mkdir()
    assert ask(copy, "records", "verify").returncode == 1


def test_the_link_of_the_start_opens_once(watched):
    gateway, _ = watched
    link = (gateway.state / "console-link").read_text().strip()
    assert (gateway.state / "console-link").stat().st_mode & 0o77 == 0
    with contextlib.closing(session(gateway)) as client:
        assert client.get("/api/v1/session").status_code == 200
        assert httpx.get(link).status_code == 401
        assert (gateway.state / "console-link").read_text().strip() != link
    assert httpx.get(gateway.console + "/api/v1/records").status_code == 401


def test_metrics_are_what_prometheus_reads(watched):
    gateway, key = watched
    call(gateway, key, count=3)
    call(gateway, None)
    wait_for(gateway.state, 4)
    with contextlib.closing(session(gateway)) as client:
        text = client.get("/metrics").text
    assert "sallyport_hub_records_total 4" in text
    assert httpx.get(gateway.console + "/metrics").status_code == 401
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: Debian's package is prometheus"
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_console_key_sees_its_namespaces(make_gateway, standin):
    console = free_port()
    gateway = make_gateway("grants", arguments=["--console", f"127.0.0.1:{console}"])
    all_seeing, nothing_seeing = keys.new_key(), keys.new_key()
    key = furnish(
        gateway, standin.port, objects.access_key("auditor", all_seeing, console={"role": "Viewer"}),
        objects.access_key("elsewhere", nothing_seeing, console={"role": "Viewer", "namespaces": ["elsewhere"]}))
    gateway.start()
    call(gateway, key, count=2)
    assert len(wait_for(gateway.state, 2)) == 2
    url = f"http://127.0.0.1:{console}/api/v1"
    with httpx.Client(headers={"authorization": f"Bearer {all_seeing}"}) as client:
        assert len(client.get(url + "/records").json()["records"]) == 2
        assert client.get(url + "/status").status_code == 403
    with httpx.Client(headers={"authorization": f"Bearer {nothing_seeing}"}) as client:
        assert client.get(url + "/records").json()["records"] == []
    assert httpx.get(url + "/records", headers={"authorization": f"Bearer {key}"}).status_code in (401, 403)


def test_a_history_that_cannot_be_opened_stops_nobody(make_gateway, standin):
    console = free_port()
    gateway = make_gateway("closed", arguments=["--console", f"127.0.0.1:{console}"])
    key = furnish(gateway, standin.port)
    gateway.state.mkdir(parents=True)
    (gateway.state / "history").write_text("in the way")
    gateway.start()
    assert call(gateway, key) == [200] and call(gateway, None) == [401]
    assert "there is no hub" in gateway.output
    assert len(gateway.wait_for_records(2)) == 2


def test_traces_go_on(watched):
    gateway, key = watched
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    httpx.post(gateway.url + CHAT, json={"model": "stand-in", "messages": []},
               headers={"x-api-key": key, "traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "a=1"})
    [record] = gateway.wait_for_records(1)
    context = record["trace_context"]
    assert context["trace_id"] == trace and context["parent_span_id"] == "00f067aa0ba902b7"
    assert len(context["span_id"]) == 16 and context["span_id"] != context["parent_span_id"]


def sending(hub, certificate, private):
    """What makes a gateway send to a hub."""
    return ["--send-to", f"127.0.0.1:{hub.port}", "--send-cert", str(certificate), "--send-key", str(private),
            "--send-ca", str(hub.authority.chain)]


@pytest.fixture
def apart(make_gateway, standin, tmp_path):
    """A hub, and a gateway of another process that sends to it."""
    authority = Authority(tmp_path, "fleet")
    viewer = keys.new_key()
    hub = Hub(tmp_path, authority, tmp_path / "objects")
    (tmp_path / "objects").mkdir()
    objects.write(tmp_path / "objects" / "keys.yaml", objects.access_key("auditor", viewer, console={"role": "Operator"}))
    hub.start()
    try:
        certificate, private = authority.issue("gateway", "DNS:gateway-1")
        gateway = make_gateway("sender", arguments=sending(hub, certificate, private))
        key = furnish(gateway, standin.port)
        gateway.start()
        yield gateway, key, hub, viewer
        gateway.stop()
    finally:
        hub.stop()


def test_records_of_other_processes_come_once_whatever_breaks(apart):
    gateway, key, hub, viewer = apart
    sent = 0
    for _ in range(3):
        assert call(gateway, key, count=40) == [200] * 40
        sent += 40
        hub.kill()
        assert call(gateway, key, count=10) == [200] * 10
        sent += 10
        hub.start()
    found = wait_for(hub.state, sent, seconds=60)
    ids = [record["id"] for record in found]
    assert len(ids) == len(set(ids)) == sent
    assert set(ids) == {record["id"] for record in gateway.wait_for_records(sent)}
    assert ask(hub.state, "records", "verify").returncode == 0
    answer = httpx.get(hub.url + "/api/v1/status", headers={"authorization": f"Bearer {viewer}"}).json()
    assert any("gateway-1" in source["name"] for source in answer["sources"]), answer
    assert sum(answer["dropped"].values()) == 0


def test_a_certificate_of_somebody_else_sends_nothing(apart, make_gateway, standin, tmp_path):
    _, _, hub, _ = apart
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "stranger")
    certificate, private = stranger.issue("gateway", "DNS:gateway-1")
    gateway = make_gateway("stranger", arguments=sending(hub, certificate, private))
    key = furnish(gateway, standin.port)
    gateway.start()
    assert call(gateway, key, count=5) == [200] * 5
    time.sleep(2)
    assert records(hub.state) == []


def test_what_cannot_send_says_why(tmp_path):
    authority = Authority(tmp_path, "fleet")
    certificate, private = authority.issue("nobody")
    where = ["--send-to", "127.0.0.1:9", "--send-cert", certificate, "--send-key", private, "--send-ca", authority.chain]
    (tmp_path / "objects").mkdir()
    answer = ask(tmp_path / "state", "up", tmp_path / "objects", "--admin", "127.0.0.1:0", "--console", "none", *where)
    assert answer.returncode == 65 and "names nobody" in answer.stderr, answer
    assert ask(tmp_path / "state", "up", tmp_path / "objects", "--send-to", "127.0.0.1:9").returncode == 64


class Collector:
    """Takes what is posted, and remembers where and how much."""

    def __init__(self):
        self.heard = heard = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                heard.setdefault(self.path, []).append((self.headers["content-type"], len(body)))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_what_is_seen_is_sent_on_and_told_to_hubbles_clients(make_gateway, standin):
    collector, console, hubble = Collector(), free_port(), free_port()
    gateway = make_gateway("sent-on", arguments=[
        "--console", f"127.0.0.1:{console}", "--hubble", f"127.0.0.1:{hubble}",
        "--otlp", f"http://127.0.0.1:{collector.server.server_port}"])
    key = furnish(gateway, standin.port)
    gateway.start()
    assert call(gateway, key, count=3) == [200] * 3
    assert len(wait_for(gateway.state, 3)) == 3
    # Traces are begun where somebody collects them.
    assert all("trace_context" in record for record in gateway.wait_for_records(3))
    deadline = time.monotonic() + 30
    while {"/v1/logs", "/v1/traces"} - set(collector.heard) and time.monotonic() < deadline:
        time.sleep(0.1)
    collector.server.shutdown()
    assert {"/v1/logs", "/v1/traces"} <= set(collector.heard), collector.heard
    assert collector.heard["/v1/logs"][0][0] == "application/x-protobuf" and collector.heard["/v1/logs"][0][1] > 100

    def untouched(message):
        return message

    with grpc.insecure_channel(f"127.0.0.1:{hubble}") as channel:
        status = channel.unary_unary("/observer.Observer/ServerStatus", untouched, untouched)(b"", timeout=20)
        flows = list(channel.unary_stream("/observer.Observer/GetFlows", untouched, untouched)(b"", timeout=20))
    # What is in these messages is looked at in test_hubble.py.
    assert len(status) > 0 and len(flows) == 3 and all(b"alice" in flow or b"/v1/chat" in flow for flow in flows)
