"""The agent's and the embedded mode's whole way with real packets: processes in namespaces, rules, records."""

import json
import os
import time

import pytest

from harness import objects
from harness.gateway import BINARY
from harness.lab import Lab
from harness.node import cluster, needs_root, only_from, wait_until, write

pytestmark = needs_root

WEB, CLIENTS = "10.9.1.1", ["ai/client0", "ai/client1"]
#: What the pod `web` may call: its peers, and nothing else.
LOCKED_IN = ("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: locked-in, namespace: ai}, "
             "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: []}}")
#: The same, watched only, and about `client0`.
STAGED = LOCKED_IN.replace("locked-in", "trial").replace("app: web", "app: client0").replace(
    "namespace: ai}", "namespace: ai, annotations: {sallyport.dev/enforcement: staged}}")


@pytest.fixture
def make_lab(tmp_path):
    """Make a lab of a text of objects; its directory is `lab.folder`."""
    labs = []

    def make(text):
        lab = Lab(write(tmp_path / "objects", text), tmp_path / "home", f"g{os.getpid() % 100000}")
        labs.append(lab.__enter__())
        return lab

    yield make
    for lab in labs:
        lab.__exit__()


def reaches(lab, source, port=80, address=WEB):
    """What a pod reads from a port; nothing, when no connection comes to be."""
    return lab.run(source, "timeout", "2", "bash", "-c", f"head -1 </dev/tcp/{address}/{port}").stdout.strip()


def records(state):
    """Everything that an agent has written down."""
    path = state / "records.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_embedded_mode_protects_processes(make_lab, tmp_path):
    lab = make_lab(cluster(only_from("client0", port=8080)))
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("a page of web's\n")
    server = ["python3", "-m", "http.server", "8080", "--directory", page]
    lab.start(tmp_path / "server.log", *lab.inside("ai/web", *server))

    def fetch(source):
        return lab.run(source, "curl", "-s", "--max-time", "2", f"http://{WEB}:8080/").stdout

    wait_until(lambda: fetch("ai/client1") == "a page of web's\n", lambda: (tmp_path / "server.log").read_text())

    # The front door and the rules are one process, on the node.
    objects.write(lab.folder / "front.yaml", objects.gateway_class(), objects.gateway(objects.listener(18080)),
                  objects.backend("model", 9), objects.route())
    state = tmp_path / "state"
    process = lab.start_until(
        tmp_path / "up.log", "Front door", *lab.inside(
            "node/one", BINARY, "up", lab.folder, "--node", "one", "--state", state, "--plaintext", "--console", "none",
            "--admin", "127.0.0.1:19902"))
    wait_until(lambda: lab.run("node/one", "nft", "list", "table", "ip", "sallyport").returncode == 0,
               lambda: (tmp_path / "up.log").read_text())
    wait_until(lambda: fetch("ai/client1") == "", lambda: (tmp_path / "up.log").read_text())
    assert fetch("ai/client0") == "a page of web's\n"
    assert lab.run("node/one", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:18080/").stdout == "403"

    # What it saw is told as an agent tells it; what changes is followed; its end opens nothing.
    wait_until(lambda: any(one["verdict"] == "denied" and one["workload"]["name"] == "client1"
                           for one in records(state / "agent")), lambda: str(records(state / "agent")))
    write(lab.folder, cluster(only_from("client1", port=8080)))
    wait_until(lambda: fetch("ai/client1") == "a page of web's\n", lambda: (tmp_path / "up.log").read_text())
    assert fetch("ai/client0") == ""
    process.terminate()
    process.wait(45)
    assert fetch("ai/client0") == "" and fetch("ai/client1") == "a page of web's\n"


def test_an_agent_of_a_directory_from_its_start_to_release(make_lab, tmp_path):
    lab = make_lab(cluster(only_from("client0")))
    assert [reaches(lab, client) for client in CLIENTS] == ["ai/web", "ai/web"], "nobody enforces anything yet"
    agent = lab.inside("node/one", BINARY, "agent", "--manifests", lab.folder, "--node", "one")
    process = lab.start_until(tmp_path / "agent.log", "Enforcing on node one", *agent, "--state", tmp_path / "state")
    assert [reaches(lab, client) for client in CLIENTS] == ["ai/web", ""]
    # Killed, it leaves its rules; only --release takes them away.
    process.kill()
    process.wait(30)
    assert [reaches(lab, client) for client in CLIENTS] == ["ai/web", ""]
    answer = lab.run("node/one", BINARY, "agent", "--release")
    assert answer.returncode == 0 and answer.stdout.startswith("Released"), answer.stderr
    assert [reaches(lab, client) for client in CLIENTS] == ["ai/web", "ai/web"]


def test_the_list_of_ports_that_never_close_is_the_users(make_lab, tmp_path):
    # A mistake of the worst kind: the world outside is taken for a pod of this node that may do nothing.
    lab = make_lab(cluster())
    outside = next(word for word in lab.run("outside", "ip", "-4", "-o", "addr").stdout.split() if word.startswith("192.0.2."))
    outside = outside.partition("/")[0]
    node = next(word for word in lab.run("node/one", "ip", "-4", "-o", "addr").stdout.split() if word.startswith("172.18."))
    node = node.partition("/")[0]
    for port in [22, 9443]:
        lab.start(tmp_path / f"{port}.log", *lab.inside(
            "node/one", "python3", "-c", "import socket; s = socket.create_server(('', %d))\n"
            "while True:\n c, _ = s.accept(); c.sendall(b'node\\n'); c.close()" % port))
        wait_until(lambda port=port: reaches(lab, "outside", port, node) == "node")
    mistake = ("{apiVersion: v1, kind: Pod, metadata: {name: mistake, namespace: ai, labels: {app: web}}, spec: {nodeName: one, "
               f"containers: [{{name: c, image: i}}]}}, status: {{phase: Running, podIP: {outside}}}}}")
    folder = write(tmp_path / "mistaken", cluster(LOCKED_IN) + "---\n" + mistake + "\n")
    agent = lab.inside("node/one", BINARY, "agent", "--manifests", folder, "--node", "one", "--records", "none")
    process = lab.start_until(tmp_path / "first.log", "Enforcing on node one", *agent)
    assert [reaches(lab, "outside", port, node) for port in [22, 9443]] == ["node", ""]
    process.terminate()
    process.wait(30)
    process = lab.start_until(tmp_path / "second.log", "Enforcing on node one", *agent, "--failsafe", "tcp:9443")
    assert [reaches(lab, "outside", port, node) for port in [22, 9443]] == ["", "node"]


def test_records_name_places_and_tell_what_staged_policies_would_do(make_lab, tmp_path):
    lab = make_lab(cluster(LOCKED_IN + "\n---\n" + STAGED))
    state = tmp_path / "state"
    lab.start_until(tmp_path / "agent.log", "Enforcing on node one", *lab.inside(
        "node/one", BINARY, "agent", "--manifests", lab.folder, "--node", "one", "--state", state))
    lab.start_until(tmp_path / "two.log", "Enforcing on node two", *lab.inside(
        "node/two", BINARY, "agent", "--manifests", lab.folder, "--node", "two", "--state", tmp_path / "two"))
    # A cloud's metadata, and a provider; neither is just "the internet".
    for address in ["169.254.169.254", "160.79.104.10"]:
        assert reaches(lab, "ai/web", 443, address) == ""

    def found(folder, **wanted):
        return [one for one in records(folder) if all(one.get(name) == value for name, value in wanted.items())]

    def ranges():
        return {one["destination"]["address"]: one["destination"].get("range") for one in found(state, verdict="denied")}

    wait_until(lambda: len(ranges()) == 2, lambda: str(records(state)))
    assert all(ranges().values()) and len(set(ranges().values())) == 2, ranges()
    assert "metadata" in ranges()["169.254.169.254"] and "anthropic" in ranges()["160.79.104.10"], ranges()

    # Enforced and staged stand side by side.
    assert reaches(lab, "ai/client0") == "ai/web"
    wait_until(lambda: found(tmp_path / "two", verdict="allowed"), lambda: str(records(tmp_path / "two")))
    [opened] = [one for one in found(tmp_path / "two", verdict="allowed") if one["connection"]["event"] == "opened"]
    assert opened["staged"]["verdict"] == "denied" and opened["staged"]["policy"] == "NetworkPolicy ai/trial", opened

    # What is denied again and again is not told again and again, and yet not lost.
    for _ in range(6):
        lab.run("ai/web", "bash", "-c", "for i in {1..50}; do echo x >/dev/udp/192.0.2.1/7; done")
        time.sleep(0.2)
    wait_until(lambda: any(one.get("hidden", {}).get("repeats", 0) > 100 for one in records(state)),
               lambda: str([one for one in records(state) if "hidden" in one]))


def test_what_a_service_leads_back_is_told_with_its_rule(make_lab, tmp_path):
    web = "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}"

    def deny(way, peers, port):
        return (f"{way}: [{{name: not-{port}, action: Deny, {peers}: [{{pods: {web}}}], "
                f"protocols: [{{tcp: {{destinationPort: {{number: {port}}}}}}}]}}]")

    policy = ("{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: itself}, "
              f"spec: {{tier: Admin, priority: 1, subject: {{pods: {web}}}, "
              f"{deny('egress', 'to', 8081)}, {deny('ingress', 'from', 8082)}}}}}")
    ports = ", ".join(f"{{name: p{port}, port: {port}, targetPort: {target}}}"
                      for port, target in [(80, 80), (81, 8081), (82, 8082)])
    service = ("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: ai}, "
               f"spec: {{clusterIP: 10.96.0.10, selector: {{app: web}}, ports: [{ports}]}}}}")
    lab, state = make_lab(cluster(policy + "\n---\n" + service)), tmp_path / "state"
    lab.start_until(tmp_path / "agent.log", "Enforcing on node one", *lab.inside(
        "node/one", BINARY, "agent", "--manifests", lab.folder, "--node", "one", "--state", state))
    assert [reaches(lab, "ai/web", port, "10.96.0.10") for port in [80, 81, 82]] == ["ai/web", "", ""]

    def told():
        first = [one for one in records(state) if one["connection"]["event"] in ["opened", "denied"]]
        return {one["destination"]["port"]: one for one in first}

    wait_until(lambda: len(told()) == 3, lambda: str(records(state)))
    seen = told()
    assert {port: (one["verdict"], one["connection"]["direction"]) for port, one in seen.items()} == {
        80: ("allowed", "ingress"), 8081: ("denied", "egress"), 8082: ("denied", "ingress")}
    assert seen[80]["destination"]["service"] == "ai/web"
    assert all(one["workload"] == one["destination"]["workload"] for one in seen.values())
    assert [seen[port]["rule"] for port in [8081, 8082]] == ["not-8081", "not-8082"]
    # Its packet was seen, not only that there is a connection.
    assert seen[80]["connection"]["input_interface"].startswith("lab"), seen[80]
    rules = lab.run("node/one", "nft", "list", "table", "ip", "sallyport").stdout
    assert "chain itself-out-" in rules and "chain itself-in-" in rules
