"""`sallyport install` and `uninstall` on a real Kubernetes: everything becomes ready, changes in place, and goes."""

import threading
import time

import pytest

from harness.gateway import BINARY
from harness.installation import NAMESPACES, install, ready_cluster, said
from harness.kubernetes import why_not

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=f"no real cluster: {why_not()}"), pytest.mark.timeout(600)]
TABLES = {"table ip sallyport", "table ip6 sallyport"}


def tables(cluster):
    """Our tables in the node's kernel."""
    return TABLES & set(cluster.run("nft", "list", "tables").splitlines())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster, and our image on its node."""
    with ready_cluster(tmp_path_factory.mktemp("installation")) as made:
        yield made


@pytest.fixture(scope="module")
def installed(cluster):
    """The product, installed."""
    answer = install(cluster)
    assert answer.returncode == 0, said(cluster, answer)
    return answer


def test_everything_becomes_ready_and_stays_so(cluster, installed):
    assert "is installed" in installed.stdout
    answer = cluster.try_run(BINARY, "install", "--check")
    assert answer.returncode == 0, said(cluster, answer)
    assert tables(cluster) == TABLES


def test_nobody_has_more_than_asked_for(cluster, installed):
    """What the kernel says of the processes, not what the manifests say."""
    held = {}
    for line in cluster.run("ps", "-eo", "pid=,args=").splitlines():
        pid, _, command = line.strip().partition(" ")
        for part in ("controller", "hub", "agent"):
            if command.strip().startswith(f"/sallyport {part} "):
                status = dict(row.split(":\t", 1) for row in cluster.run("cat", f"/proc/{pid}/status").splitlines()
                              if ":\t" in row)
                held.setdefault(part, set()).add((status["Uid"].split()[0], int(status["CapEff"], 16),
                                                  status["NoNewPrivs"], status["Seccomp"]))
    if not held:
        pytest.skip("processes of the node cannot be seen from here")
    net_admin = 1 << 12
    assert held == {"controller": {("65532", 0, "1", "2")}, "hub": {("65532", 0, "1", "2")},
                    "agent": {("0", net_admin, "1", "2")}}


def test_rules_stay_while_an_agent_is_replaced(cluster, installed):
    seen, ended = [], threading.Event()

    def look():
        while not ended.is_set():
            seen.append(tables(cluster))
            time.sleep(0.1)

    before = {pod["metadata"]["uid"] for pod in cluster.get("pods", namespace=None)
              if pod["metadata"]["namespace"] in NAMESPACES}
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        answer = install(cluster, "--log-level", "debug")
    finally:
        ended.set()
        watcher.join()
    assert answer.returncode == 0, said(cluster, answer)
    after = {pod["metadata"]["uid"] for pod in cluster.get("pods", namespace=None)
             if pod["metadata"]["namespace"] in NAMESPACES and "deletionTimestamp" not in pod["metadata"]}
    assert not before & after, "every pod is new"
    assert len(seen) > 5 and all(one == TABLES for one in seen)


def test_parts_that_are_not_wanted_any_more_go(cluster, installed):
    answer = install(cluster, "--without-agent")
    assert answer.returncode == 0, said(cluster, answer)
    assert cluster.get("daemonsets", "sallyport-agent", "sallyport-agents") is None
    assert cluster.get("clusterrolebindings", "sallyport-agent-workloads") is None
    assert tables(cluster) == set(), "no rule is left behind"
    answer = install(cluster)
    assert answer.returncode == 0, said(cluster, answer)
    cluster.wait("rules", lambda: tables(cluster) == TABLES)


def test_nothing_goes_without_leave(cluster, installed):
    answer = cluster.try_run(BINARY, "uninstall")
    assert answer.returncode == 64 and "say --yes" in answer.stderr
    assert cluster.try_run(BINARY, "uninstall", "--dry-run").returncode == 0
    assert tables(cluster) == TABLES


def test_uninstalled_nothing_is_left_but_the_users_own(cluster, installed):
    cluster.kubectl("create", "namespace", "kept")
    cluster.apply({"apiVersion": "sallyport.dev/v1alpha1", "kind": "AccessKey", "metadata": {"name": "k", "namespace": "kept"},
                   "spec": {"sha256": "0" * 64}})
    answer = cluster.try_run(BINARY, "uninstall", "--yes", timeout=400)
    assert answer.returncode == 0, said(cluster, answer)
    assert tables(cluster) == set()
    assert not set(NAMESPACES) & {one["metadata"]["name"] for one in cluster.get("namespaces")}
    for kind in ("clusterroles", "clusterrolebindings", "validatingwebhookconfigurations", "gatewayclasses", "roles",
                 "rolebindings"):
        assert not [one for one in cluster.get(kind) if "sallyport" in one["metadata"]["name"]], kind
    assert cluster.get("accesskeys.sallyport.dev", "k", "kept"), "objects of people stay"
    assert "Nothing of Sallyport" in cluster.try_run(BINARY, "uninstall", "--yes").stdout
    assert cluster.try_run(BINARY, "install", "--check").returncode == 1, "definitions alone are no installation"


def test_definitions_go_on_request(cluster, installed):
    answer = cluster.try_run(BINARY, "uninstall", "--yes", "--crds", timeout=400)
    assert answer.returncode == 0, said(cluster, answer)
    assert not [one for one in cluster.get("customresourcedefinitions") if one["metadata"]["name"].endswith(".sallyport.dev")]
