"""`sallyport agent` on a node of its own: what it installs, proves, follows and takes away, and how it fails."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.gateway import BINARY, run
from harness.node import Node, cluster, needs_root, only_from, wait_until, write


@pytest.fixture
def node():
    with Node() as node:
        yield node


@pytest.fixture
def public_folder():
    """Objects that anybody may read: a test's own directory is root's alone."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        yield write(Path(place), cluster())


@pytest.fixture
def folder(tmp_path):
    """Objects without a mistake."""
    return write(tmp_path / "objects", cluster(only_from("client0")))


# Without a kernel

def test_dry_run_prints_what_nft_can_read(folder):
    answer = run("agent", "--manifests", folder, "--node", "one", "--dry-run")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert "table ip sallyport {" in answer.stdout and "table ip6 sallyport {" in answer.stdout
    assert 'comment "ai/web"' in answer.stdout and "goto denied-ingress" in answer.stdout


@pytest.mark.parametrize("arguments, message", [
    (["--node", "one"], "which policies?"),
    (["--manifests", "DIR"], "which node is this?"),
    (["--manifests", "DIR", "--node", ""], "which node is this?"),
    (["--manifests", "DIR", "--node", "one", "--dry-run", "--verify"], "--dry-run and --verify exclude each other"),
    (["--release", "--verify"], "--verify and --release exclude each other"),
    (["--manifests", "DIR", "--node", "one", "--failsafe", "22"], "--failsafe '22' is not a port"),
    (["--manifests", "DIR", "--node", "one", "--failsafe", "icmp:1"], "--failsafe 'icmp:1' is not a port"),
    (["--manifests", "DIR", "--node", "one", "--failsafe", "tcp:0"], "--failsafe 'tcp:0' is not a port"),
    (["--manifests", "DIR", "--node", "one", "--pod-cidr", "10.0.0.0/40"], "--pod-cidr '10.0.0.0/40'"),
    (["--manifests", "DIR", "--node", "one", "--pod-interface", "cali*"], "--pod-interface 'cali*'"),
    (["--manifests", "DIR", "--node", "one", "--pod-interface", "a" * 16], "is not how a name of an interface begins"),
    (["--manifests", "DIR", "--node", "one", "--log-level", "loud"], "--log-level 'loud' is not a level"),
    (["--nonsense"], "--nonsense"),
])
def test_misuse_is_64_and_says_what_is_wrong(folder, arguments, message):
    answer = run("agent", *(str(folder) if word == "DIR" else word for word in arguments))
    assert answer.returncode == 64, answer.stdout + answer.stderr
    assert message in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize("job", ["--dry-run", "--verify"])
def test_mistakes_are_65_and_have_their_place(tmp_path, job):
    folder = write(tmp_path / "objects", cluster(only_from("client0").replace("podSelector: {matchLabels", "podSelektor: {matchLabels", 1)))
    answer = run("agent", "--manifests", folder, "--node", "one", job)
    assert answer.returncode == 65
    assert "all.yaml:" in answer.stderr and "podSelektor" in answer.stderr
    assert "there are mistakes in the objects" in answer.stderr


@pytest.mark.parametrize("job", [[], ["--dry-run"], ["--verify"]])
def test_a_directory_that_is_not_there_is_65(tmp_path, job):
    answer = run("agent", "--manifests", tmp_path / "missing", "--node", "one", "--records", "none", *job)
    assert answer.returncode == 65 and "missing" in answer.stderr


# In a kernel

@needs_root
@pytest.mark.parametrize("job", [[], ["--verify"], ["--release"]])
def test_who_is_not_root_is_told(node, public_folder, job):
    words = ["agent", *job]
    if job != ["--release"]:
        words += ["--manifests", public_folder, "--node", "one", "--records", "none"]
    if not _may_run_as_nobody(node):
        pytest.skip("nobody cannot run this binary where it is")
    answer = node.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", BINARY, *words, check=False)
    assert answer.returncode == 77, answer.stdout + answer.stderr
    assert "run it as root" in answer.stderr


def _may_run_as_nobody(node):
    answer = node.run(
        "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", BINARY, "version", check=False)
    return answer.returncode == 0


@needs_root
def test_from_the_first_rule_to_the_last(node, folder, tmp_path):
    others = "table ip other {\n\tcounter seen {\n\t\tpackets 7 bytes 700\n\t}\n}\n"
    node.run("nft", "-f", "-", stdin=others)
    assert node.verify(folder).returncode == 1

    agent = node.agent(folder, tmp_path / "agent.log")
    agent.wait_for("Enforcing on node one: 1 pod")
    answer = node.verify(folder)
    assert answer.returncode == 0 and answer.stdout.startswith("equal: "), answer.stdout + answer.stderr

    # It follows the directory.
    write(folder, cluster(only_from("client1", port=81)))
    wait_until(lambda: node.verify(folder).returncode == 0, lambda: node.verify(folder).stdout)
    assert "10.9.2.2 : goto in-tcp-81" in node.rules()

    # Somebody's change is found by --verify, and mended by the agent.
    node.run("nft", "insert rule ip sallyport ingress accept")
    wait_until(lambda: "somebody changed our rules" in agent.output, lambda: agent.output)
    assert node.verify(folder).returncode == 0

    # Its end changes nothing, and --verify names what somebody does then.
    assert agent.stop() == 0
    assert "the rules stay in force" in agent.output
    assert node.verify(folder).returncode == 0
    node.run("nft", "delete element ip sallyport pods { 10.9.2.1 }")
    answer = node.verify(folder)
    assert answer.returncode == 1
    assert "differs: table ip sallyport: pods lacks the element 10.9.2.1" in answer.stdout
    assert "1 difference between the kernel and the policies" in answer.stderr

    # What is taken away is all of ours, and nothing else.
    answer = node.sallyport("agent", "--release")
    assert answer.returncode == 0 and answer.stdout == "Released: policies are enforced no more on this node.\n"
    assert node.rules() == others
    answer = node.sallyport("agent", "--release")
    assert answer.returncode == 0 and answer.stdout == "There were no rules of sallyport's.\n"


@needs_root
def test_dry_run_is_what_is_installed(node, folder, tmp_path):
    agent = node.agent(folder, tmp_path / "agent.log")
    agent.wait_for("Enforcing on node one")
    shown = node.sallyport("agent", "--manifests", folder, "--node", "one", "--records", "none", "--dry-run").stdout
    rules = node.rules()
    for line in shown.splitlines():
        # Elements stand in another order, and several in a line.
        for part in line.strip().removeprefix("elements = {").removesuffix("}").rstrip(",").split(", "):
            assert part.strip() in rules, part


@needs_root
def test_a_lab_with_an_agent_on_each_node(tmp_path):
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")}
    name = f"e{os.getpid() % 100000}"
    folder = write(tmp_path / "objects", cluster(only_from("client0")))

    def sallyport(*words, timeout=60):
        return subprocess.run(
            [BINARY, *map(str, words)], capture_output=True, text=True, env=environment, timeout=timeout, check=False)

    if "--lab" not in sallyport("agent", "--help").stdout:
        pytest.skip("this binary has no agents for labs")
    answer = sallyport("lab", "up", folder, "--name", name)
    assert answer.returncode == 0, answer.stderr
    agents = []
    try:
        denied = ["lab", "probe", "--name", name, "--from", "ai/client1", "--to", "ai/web"]
        answer = sallyport(*denied)
        assert answer.returncode == 1, "nobody enforces anything yet, and that is a difference"
        for node in ["one", "two"]:
            log = tmp_path / f"{node}.log"
            with open(log, "ab") as output:
                agents.append(subprocess.Popen(
                    [BINARY, "agent", "--lab", name, "--node", node, "--records", "none"],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment))
            wait_until(lambda log=log: f"Enforcing on node {node}" in log.read_text(), log.read_text)
        answer = sallyport(*denied)
        assert answer.returncode == 0 and "dropped" in answer.stdout, answer.stdout + answer.stderr
        answer = sallyport("lab", "probe", "--name", name, "--matrix", "--outside", "--timeout", "1000")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        answer = sallyport("lab", "exec", "node/one", "--name", name, "--", "nft", "list", "table", "ip", "sallyport")
        assert answer.returncode == 0 and "10.9.2.1" in answer.stdout, answer.stderr
    finally:
        for agent in agents:
            agent.terminate()
        for agent in agents:
            agent.wait(30)
        answer = sallyport("lab", "down", "--name", name)
        assert answer.returncode == 0, answer.stderr
