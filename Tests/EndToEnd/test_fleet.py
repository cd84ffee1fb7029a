"""Nodes and a hub elsewhere: an agent's records over mutual TLS, authorities that change, a console with TLS."""

import contextlib
import json
import os
import subprocess
import time

import httpx

from harness import keys, objects
from harness.certificates import Authority
from harness.gateway import BINARY, run
from harness.hub_process import Hub
from harness.node import cluster, needs_root, wait_until, write
from harness.ports import free_port

LOCKED_IN = ("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: ai}, "
             "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: []}}")


class Lab:
    """A cluster on this machine, with a state directory of its own."""

    def __init__(self, folder, home):
        self.name, self.folder = f"f{os.getpid() % 100000}", folder
        self.environment = os.environ | {"XDG_STATE_HOME": str(home)}
        self.running = []

    def sallyport(self, *words, timeout=60):
        return subprocess.run(
            [BINARY, *map(str, words)], capture_output=True, text=True, env=self.environment, timeout=timeout, check=False)

    def inside(self, place, *words):
        """A command line that runs in a pod or on a node."""
        return [BINARY, "lab", "exec", place, "--name", self.name, "--", *map(str, words)]

    def start(self, log, *command):
        with open(log, "ab") as output:
            self.running.append(subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment))

    def __enter__(self):
        answer = self.sallyport("lab", "up", self.folder, "--name", self.name)
        assert answer.returncode == 0, answer.stderr
        return self

    def __exit__(self, *_):
        for process in self.running:
            process.terminate()
        for process in self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        self.sallyport("lab", "down", "--name", self.name)


@needs_root
def test_an_agent_sends_what_it_denied_to_a_hub(tmp_path):
    authority = Authority(tmp_path, "fleet")
    certificate, private = authority.issue("node", "DNS:node-one")
    own, own_key = authority.issue("hub", "IP:127.0.0.1,DNS:localhost", usage="serverAuth")
    state = tmp_path / "hub-state"
    with Lab(write(tmp_path / "objects", cluster(LOCKED_IN)), tmp_path / "state") as lab:
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

        subprocess.run(
            lab.inside("ai/web", "timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/169.254.169.254/80"), env=lab.environment,
            capture_output=True, timeout=60, check=False)
        wait_until(lambda: flows("verdict=denied"),
                   lambda: (tmp_path / "agent.log").read_text() + (tmp_path / "hub.log").read_text())
        denied = flows("verdict=denied")[0]
        assert denied["node"] == "one" and denied["workload"]["name"] == "web"
        assert denied["destination"]["address"] == "169.254.169.254"


def test_a_console_with_tls_is_asked_by_name_and_authority(tmp_path):
    authority, viewer = Authority(tmp_path, "fleet"), keys.new_key()
    (tmp_path / "objects").mkdir()
    objects.write(tmp_path / "objects" / "keys.yaml", objects.access_key("auditor", viewer, console={"role": "Viewer"}))
    hub = Hub(tmp_path, authority, tmp_path / "objects")
    hub.more = ["--console-cert", hub.certificate, "--console-key", hub.key, "--console-name", "localhost"]
    hub.start()
    try:
        url = f"https://localhost:{hub.console}"
        asked = {"headers": {"authorization": f"Bearer {viewer}"}, "verify": str(authority.chain)}
        answer = httpx.get(f"{url}/api/v1/records", **asked)
        assert answer.status_code == 200 and answer.json()["records"] == []
        environment = os.environ | {"SALLYPORT_KEY": viewer}
        command = [BINARY, "flows", "--hub", url, "--ca", str(authority.chain), "-o", "json"]
        assert subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False).returncode == 0
        # Who does not know the authority gets nothing.
        stranger = subprocess.run(command[:4], env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert stranger.returncode == 69, stranger
    finally:
        hub.stop()


def test_a_hub_follows_its_authorities(tmp_path, make_gateway, standin):
    """A source by new authorities is let in without a new start of the hub, one by the old is not any more."""
    old, new = Authority(tmp_path, "old"), None
    (tmp_path / "new").mkdir()
    new = Authority(tmp_path / "new", "new")
    (tmp_path / "objects").mkdir()
    hub = Hub(tmp_path, old, tmp_path / "objects")
    clients = tmp_path / "clients.pem"
    clients.write_text(old.chain.read_text())
    hub.clients = clients
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
        assert httpx.get(gateway.url + "/v1/models", headers={"x-api-key": key}).status_code == 200
        time.sleep(3)
        asked = ["flows", "--state", str(hub.state), "-o", "json"]
        assert run(*asked).stdout == ""
        clients.write_text(new.chain.read_text())
        deadline = time.monotonic() + 150
        while not run(*asked).stdout and time.monotonic() < deadline:
            time.sleep(1)
        assert run(*asked).stdout, hub.log.read_text()
        gateway.stop()
    finally:
        hub.stop()
