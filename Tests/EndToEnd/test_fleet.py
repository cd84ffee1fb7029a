"""Nodes and a hub elsewhere: an agent's records over mutual TLS, authorities that change, a console with TLS."""

import json
import os
import re
import socket
import ssl
import subprocess
import time

import grpc
import httpx
import pytest

from harness import keys, objects
from harness.browser import CHROMIUM, Browser
from harness.certificates import Authority
from harness.gateway import BINARY
from harness.hub_process import Hub, records, wait_for
from harness.lab import Lab
from harness.node import cluster, needs_root, wait_until, write
from harness.pages import CALM, login
from harness.source import Source, moment

LOCKED_IN = ("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: ai}, "
             "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: []}}")


@needs_root
def test_an_agent_sends_what_it_denied_to_a_hub(tmp_path):
    authority = Authority(tmp_path, "fleet")
    certificate, private = authority.issue("node", "DNS:node-one")
    own, own_key = authority.issue("hub", "IP:127.0.0.1,DNS:localhost", usage="serverAuth")
    state = tmp_path / "hub-state"
    with Lab(write(tmp_path / "objects", cluster(LOCKED_IN)), tmp_path / "state", f"f{os.getpid() % 100000}") as lab:
        # On the node: an agent of a lab sees no other network.
        lab.start(tmp_path / "hub.log", *lab.inside(
            "node/one", BINARY, "hub", "--listen", "127.0.0.1:9481", "--cert", own, "--key", own_key, "--client-ca",
            authority.chain, "--objects", tmp_path / "objects", "--state", state, "--console", "127.0.0.1:9480"))
        wait_until(lambda: (state / "console-link").exists(), lambda: (tmp_path / "hub.log").read_text())
        lab.start(
            tmp_path / "agent.log", BINARY, "agent", "--lab", lab.name, "--node", "one",
            "--send-to", "127.0.0.1:9481", "--send-cert", certificate, "--send-key", private, "--send-ca", authority.chain)
        wait_until(lambda: "Enforcing on node one" in (tmp_path / "agent.log").read_text(),
                   lambda: (tmp_path / "agent.log").read_text())

        def flows(*filters):
            answer = subprocess.run(
                lab.inside("node/one", BINARY, "flows", *filters, "-o", "json", "--state", state), capture_output=True,
                text=True, env=lab.environment, timeout=60, check=False)
            return [json.loads(line) for line in answer.stdout.splitlines()]

        def call(source, address, port):
            subprocess.run(
                lab.inside(source, "timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"), env=lab.environment,
                capture_output=True, timeout=60, check=False)

        def logs():
            return (tmp_path / "agent.log").read_text() + (tmp_path / "hub.log").read_text()

        call("ai/web", "169.254.169.254", 80)
        wait_until(lambda: flows("verdict=denied"), logs)
        denied = flows("verdict=denied")[0]
        assert denied["node"] == "one" and denied["workload"]["name"] == "web"
        assert denied["destination"]["address"] == "169.254.169.254"
        # Nobody has to be told for that to be an alarm.
        call("ai/web", "160.79.104.10", 443)
        call("outside", "10.9.1.1", 22)
        wait_until(lambda: len(flows("point=hub")) >= 3, logs)
        assert {(one["alarm"]["name"], one["alarm"]["severity"], one["alarm"]["subject"]) for one in flows("point=hub")} == {
            ("metadata_address", "critical", "Pod ai/web"), ("provider_bypass", "warning", "Pod ai/web to anthropic"),
            ("exposed_listener", "warning", "Pod ai/web tcp/22")}


@pytest.fixture
def secure_console(tmp_path):
    """A hub whose console has TLS, and the key of somebody who may look."""
    authority, viewer = Authority(tmp_path, "fleet"), keys.new_key()
    (tmp_path / "objects").mkdir()
    objects.write(tmp_path / "objects" / "keys.yaml", objects.access_key("auditor", viewer, console={"role": "Viewer"}))
    hub = Hub(tmp_path, authority, tmp_path / "objects")
    hub.more = ["--console-cert", hub.certificate, "--console-key", hub.key, "--console-name", "localhost"]
    hub.start()
    try:
        hub.keys, hub.secure = {"viewer": viewer}, f"https://localhost:{hub.console}"
        yield hub, viewer
    finally:
        hub.stop()


def trusting(authority):
    """A client's settings: that authority, and no other."""
    return ssl.create_default_context(cafile=str(authority.chain))


def session_cookie(answer):
    """Attributes of the one cookie that opens a session; its name first."""
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-sallyport=")]
    return [part.strip().partition("=")[0] for part in cookie.split(";")]


def test_cookies_of_a_console_with_tls_are_for_its_host_only(secure_console):
    hub, viewer = secure_console
    kept = ["__Host-sallyport", "Path", "HttpOnly", "SameSite", "Secure"]
    with httpx.Client(base_url=hub.secure, verify=trusting(hub.authority)) as browser:
        form = browser.get("/login")
        assert form.status_code == 200 and "max-age" in form.headers["strict-transport-security"]
        seal = re.search(r'name="seal" value="([0-9a-f]{64})"', form.text).group(1)
        fields = {"seal": seal, "to": "/records", "key": viewer}
        for origin in (None, "http://" + hub.secure.partition("//")[2], "https://evil.example"):
            stranger = browser.post("/login", data=fields, headers={"origin": origin} if origin else {})
            assert stranger.status_code == 403 and "__Host-sallyport=" not in str(stranger.headers), origin
        entered = browser.post("/login", data=fields, headers={"origin": hub.secure})
        assert entered.status_code == 303 and session_cookie(entered) == kept
        assert browser.get("/api/v1/session").json()["name"] == "ai/auditor"
        # A cookie alone changes nothing.
        assert browser.delete("/api/v1/session").json()["code"] == "origin_missing"
        assert browser.delete("/api/v1/session", headers={"origin": hub.secure}).status_code == 204
        assert browser.get("/api/v1/session").status_code == 401
    # A program that is no browser, and shows nothing else, logs in without saying where it is.
    with httpx.Client(base_url=hub.secure, verify=trusting(hub.authority)) as program:
        assert program.post("/api/v1/session", json={"key": keys.new_key()}).status_code == 401
        answer = program.post("/api/v1/session", json={"key": viewer})
        assert answer.status_code == 200 and session_cookie(answer) == kept
        assert program.get("/api/v1/session").json()["means"] == "key"


def test_a_console_goes_on_with_a_newer_certificate(secure_console):
    """Until it is whole, the old one stays."""
    hub, viewer = secure_console

    def serial():
        with socket.create_connection(("127.0.0.1", hub.console), timeout=30) as plain:
            with trusting(hub.authority).wrap_socket(plain, server_hostname="localhost") as secure:
                return secure.getpeercert()["serialNumber"]

    first = serial()
    fresh, fresh_key = hub.authority.issue("newer", "DNS:localhost", usage="serverAuth")
    hub.certificate.write_bytes(fresh.read_bytes())
    time.sleep(7)
    assert serial() == first, "its key is not there yet"
    hub.key.write_bytes(fresh_key.read_bytes())
    wait_until(lambda: serial() != first, hub.log.read_text)
    answer = httpx.get(f"{hub.secure}/api/v1/session", verify=trusting(hub.authority),
                       headers={"authorization": f"Bearer {viewer}"})
    assert answer.status_code == 200


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_logs_in_over_tls(secure_console, tmp_path):
    hub, _ = secure_console
    with Browser(tmp_path) as browser:
        page = browser.page()
        page.look()

        class console:
            url, keys = hub.secure, hub.keys

        login(page, console, "viewer", "/records")
        assert page.run("location.pathname") == "/records" and "auditor" in page.text(".who .name")
        assert page.run("document.cookie") == "", "no script reads it"
        [cookie] = page.call("Network.getCookies")["cookies"]
        assert cookie["name"] == "__Host-sallyport" and cookie["secure"] and cookie["sameSite"] == "Strict"
        page.open(hub.secure + "/policies")
        page.wait(CALM)
        page.click("form[action='/logout'] button")
        page.wait("document.querySelector('#key')")
        assert page.call("Network.getCookies")["cookies"] == [] or "__Host-sallyport" not in {
            one["name"] for one in page.call("Network.getCookies")["cookies"]}
        assert page.wrong == []


def test_a_console_with_tls_is_asked_by_name_and_authority(secure_console):
    hub, viewer = secure_console
    asked = {"headers": {"authorization": f"Bearer {viewer}"}, "verify": trusting(hub.authority)}
    answer = httpx.get(f"{hub.secure}/api/v1/records", **asked)
    assert answer.status_code == 200 and answer.json()["records"] == []
    environment = os.environ | {"SALLYPORT_KEY": viewer}
    command = [BINARY, "flows", "--hub", hub.secure, "--ca", str(hub.authority.chain), "-o", "json"]
    assert subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode == 0
    # Who does not know the authority gets nothing.
    stranger = subprocess.run(command[:4], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert stranger.returncode == 69, stranger


def test_a_hub_follows_its_authorities(tmp_path):
    """A source by new authorities is let in without a new start of the hub, one by the old is not any more."""
    old = Authority(tmp_path, "old")
    (tmp_path / "new").mkdir()
    new = Authority(tmp_path / "new", "new")
    (tmp_path / "objects").mkdir()
    hub = Hub(tmp_path, old, tmp_path / "objects")
    hub.clients = tmp_path / "clients.pem"
    hub.clients.write_text(old.chain.read_text())
    hub.start()

    def send(authority, name):
        """Whether a source with a certificate by that authority got rid of a record."""
        try:
            source = Source(tmp_path, authority, hub.port, name=name, hub=old)
        except grpc.RpcError:
            return False
        try:
            source.send({"time": moment(), "id": name, "point": "node", "verdict": "denied", "reason": "isolated", "revision": 1})
        finally:
            source.close()
        return True

    try:
        assert send(old, "first") and not send(new, "second")
        # Half of a file is none: the old ones stay.
        hub.clients.write_text(new.chain.read_text()[:200])
        wait_until(lambda: "the file of authorities holds none" in hub.log.read_text(), hub.log.read_text)
        assert send(old, "third") and not send(new, "fourth")
        hub.clients.write_text(new.chain.read_text())
        wait_until(lambda: send(new, "fifth"), hub.log.read_text)
        assert not send(old, "sixth")
        assert {one["id"] for one in records(hub.state)} == {"first", "third", "fifth"}
    finally:
        hub.stop()


def test_a_gateway_goes_on_where_it_was_when_its_authority_is_known(tmp_path, make_gateway, standin):
    """What it had to say while nobody vouched for it comes as soon as somebody does, and once."""
    old = Authority(tmp_path, "old")
    (tmp_path / "new").mkdir()
    new = Authority(tmp_path / "new", "new")
    (tmp_path / "objects").mkdir()
    hub = Hub(tmp_path, old, tmp_path / "objects")
    hub.clients = tmp_path / "clients.pem"
    hub.clients.write_text(old.chain.read_text())
    hub.start()
    try:
        certificate, private = new.issue("gateway", "DNS:gateway-1")
        gateway = make_gateway("sender", arguments=[
            "--console", "none", "--send-to", f"127.0.0.1:{hub.port}", "--send-cert", str(certificate), "--send-key",
            str(private), "--send-ca", str(old.chain)])
        key = keys.new_key()
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route(), objects.backend("model", standin.port), objects.access_key("alice", key), objects.policy())
        gateway.start()
        asked = [httpx.get(gateway.url + "/v1/models", headers={"x-api-key": key}) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [200] * 3
        wait_until(lambda: "hub" in gateway.output, lambda: gateway.output)
        assert records(hub.state) == []
        hub.clients.write_text(old.chain.read_text() + new.chain.read_text())
        found = wait_for(hub.state, 3, seconds=60)
        assert sorted(one["id"] for one in found) == sorted(answer.headers["x-request-id"] for answer in asked)
        gateway.stop()
    finally:
        hub.stop()
