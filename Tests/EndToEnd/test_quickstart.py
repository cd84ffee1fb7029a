"""docs/quickstart.md, followed on a real Kubernetes: its own objects and commands, and what it says of them."""

import re
import subprocess
from pathlib import Path

import pytest

from harness import kube_town as town
from harness.gateway import BINARY
from harness.installation import NAMESPACES, install, label, ready_cluster, said
from harness.kubernetes import why_not

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=f"no real cluster: {why_not()}"), pytest.mark.timeout(600)]
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "quickstart.md").read_text()
#: A model server as the page finds it, and a pod that reaches it.
OLLAMA = town.MODEL.replace("name: model", "name: ollama").replace("app: model", "app: ollama").replace("{app: model}", "{app: ollama}") \
    .replace("sallyport.dev/server: vllm", "sallyport.dev/server: ollama")


def blocks(language):
    """The page's blocks of a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
    return [text for name, text in found if name == language]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster with the model server, installed as the page asks for."""
    with ready_cluster(tmp_path_factory.mktemp("quickstart")) as made:
        made.apply(OLLAMA)
        made.apply(town.caller("research", "research"))
        answer = install(made, "--secrets-of", "ai", "--gateway-service", "ClusterIP", "--replicas", "1", "--gateway-replicas", "1")
        assert answer.returncode == 0, said(made, answer)
        for name in NAMESPACES:
            label(made, name)
        made.pod_ready("agents", "app=research")
        made.model = made.pod_ready("ai", "app=ollama")[0]["status"]["podIP"]
        yield made


def test_the_page(cluster, tmp_path):
    """From the first step to the last."""
    door, policy, wall, guarantee = blocks("yaml")
    # 1. The front door, with a certificate made as it says.
    openssl = next(b for b in blocks("") if b.startswith("openssl"))
    command, secret = openssl.split("kubectl ", 1)
    subprocess.run(["bash", "-ec", command], cwd=tmp_path, check=True, capture_output=True)
    cluster.kubectl(*secret.replace("tls.crt", str(tmp_path / "tls.crt")).replace("tls.key", str(tmp_path / "tls.key")).split())
    cluster.apply(door)
    cluster.wait("the Gateway", lambda: (cluster.condition("gateways", "front-door", "ai", "Programmed") or {})["status"] == "True", 120)
    services = [s for s in cluster.get("services") if s["metadata"]["namespace"] == "sallyport-gateways"]
    address = services[0]["spec"]["clusterIP"]

    def ask(path, body=None, key=None):
        words = ["curl", "-s", "-m", "10", "--cacert", str(tmp_path / "tls.crt"), "--resolve", f"models.example.com:443:{address}",
                 f"https://models.example.com{path}"]
        if body:
            words += ["-d", body]
        if key:
            words += ["-H", f"Authorization: Bearer {key}"]
        return cluster.try_run(*words).stdout

    cluster.wait("no policy, no pass", lambda: '"code":"no_policy"' in ask("/api/tags"))
    # 2. A key, and what it may do.
    create = re.search(r"^\$ sallyport (keys create .*)$", PAGE, re.M)[1].split()
    assert "$ mkdir keys\n" in PAGE
    (tmp_path / "keys").mkdir()
    made = subprocess.run([BINARY, *create], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    key = re.search(r"sp_\w+", made)[0]
    cluster.kubectl("apply", "-R", "-f", tmp_path / "keys")
    cluster.apply(policy)
    generate, pull = re.findall(r"^\$ door https://models\.example\.com(\S+) -d '(.*?)'", PAGE, re.M)
    cluster.wait("an answer", lambda: "hello" in ask(*generate, key), 15, 0.1)
    assert '"code":"operation_not_allowed"' in ask(*pull, key)
    # 3. No other way in.
    assert town.from_pod(cluster, "research", cluster.model, 11434)[0] == 200
    cluster.apply(wall)
    cluster.wait("the wall", lambda: town.from_pod(cluster, "research", cluster.model, 11434, seconds=1)[0] == 0, 15, 0.1)
    assert "hello" in ask(*generate, key)
    why = cluster.run(BINARY, "explain", "--cluster", "--from", "agents/research", "--to", "ai/ollama", "--port", "11434")
    assert "only-through-the-door" in why
    # 4. Kept that way: what would break it is refused, with the reason.
    cluster.apply(guarantee)
    cluster.wait("the guarantee", lambda: (cluster.condition("guarantees", "only-the-door", None, "Proved") or {})["status"] == "True")
    breach = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "breach", "namespace": "ai"},
              "spec": {"podSelector": {"matchLabels": {"app": "ollama"}}, "policyTypes": ["Ingress"], "ingress": [{}]}}
    with pytest.raises(AssertionError, match="only-the-door"):
        cluster.apply(breach)
    # 5. Look.
    cluster.wait("denials", lambda: "ollama" in cluster.run(BINARY, "flows", "--cluster", "--since", "-10m", "verdict=denied"))
    request = re.search(r'"request_id":"(\w+)"', ask(*pull, key))[1]
    cluster.wait("the record", lambda: "operation_not_allowed" in cluster.run(BINARY, "record", "--cluster", request))
    console = cluster.try_run(BINARY, "console", "--cluster")
    assert console.stdout.count(".") == 2 and "port-forward" in console.stderr, console.stderr

