"""From one version to the next and back, on a real Kubernetes, while requests come in and connections stand."""

import socket
import threading
import time

import pytest

from harness import kube_town as town
from harness.api_server import API, inside
from harness.gateway import BINARY
from harness.installation import IMAGE, NAMESPACES, image, install, label, ready_cluster, said
from harness.kubernetes import why_not
from harness.versions import number, renumbered

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=f"no real cluster: {why_not()}"), pytest.mark.timeout(900)]
NEXT, NEXT_IMAGE = "9.9.9", "localhost/sallyport:next"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster with images of two versions on its node."""
    home = tmp_path_factory.mktemp("upgrade")
    with ready_cluster(home) as made:
        made.next = renumbered(home, NEXT)
        made.image(image(made.next, home / "next.tar", NEXT_IMAGE))
        yield made


class Echo:
    """A connection between two pods that policies allow, which nobody opens twice."""

    MANIFESTS = """
apiVersion: v1
kind: Pod
metadata: {name: echo, namespace: ai, labels: {app: echo}}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "busybox:1", imagePullPolicy: Never, command: [nc, -ll, -p, "7", -e, /bin/cat]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: echo, namespace: ai}
spec:
  podSelector: {matchLabels: {app: echo}}
  policyTypes: [Ingress]
  ingress:
  - from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: research}}}]
    ports: [{port: 7}]
"""

    def __init__(self, cluster):
        cluster.apply(self.MANIFESTS)
        address = cluster.pod_ready("ai", "app=echo")[0]["status"]["podIP"]
        research = town.process_of(cluster, "research")
        self.socket = inside(f"/proc/{research}/ns/net", lambda: socket.create_connection((address, 7), 10))
        self.problems, self.count, self.ended = [], 0, threading.Event()
        self.thread = threading.Thread(target=self._talk)
        self.thread.start()

    def _talk(self):
        while not self.ended.is_set():
            try:
                self.socket.sendall(b"x")
                assert self.socket.recv(1) == b"x", "it was ended"
                self.count += 1
            except (OSError, AssertionError) as problem:
                self.problems.append(problem)
                return
            time.sleep(0.05)

    def close(self):
        """What went wrong."""
        self.ended.set()
        self.thread.join(30)
        self.socket.close()
        return self.problems


class Callers:
    """Requests from the node all the time: quick ones on new connections, quick ones on one that is kept, and slow ones."""

    def __init__(self, cluster, street):
        self.namespace, self.street = API(cluster.home).namespace, street
        self.problems, self.counts, self.ended = [], {}, threading.Event()
        self.threads = [threading.Thread(target=self._call, args=words) for words in (
            ("new", False, "small", 0.1), ("kept", True, "small", 0.05), ("slow", False, "slow", 0), ("slow", False, "slow", 1))]
        for thread in self.threads:
            thread.start()

    def _call(self, name, is_kept, model, pause):
        connection = None
        body = town.BODY.replace('"small"', f'"{model}"').encode()
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: {self.street.node}\r\ncontent-type: application/json\r\n"
                f"authorization: Bearer {self.street.key}\r\ncontent-length: {len(body)}\r\n"
                + ("" if is_kept else "connection: close\r\n") + "\r\n").encode()
        while not self.ended.is_set():
            begin = time.time()
            try:
                connection = connection or inside(self.namespace, lambda: socket.create_connection(
                    (self.street.node, self.street.node_port), 10))
                connection.settimeout(20)
                connection.sendall(head + body)
                status, ends = _answer(connection)
                assert status == 200, status
                self.counts[name] = self.counts.get(name, 0) + 1
            except (OSError, AssertionError, ValueError) as problem:
                self.problems.append((name, round(begin, 2), repr(problem)))
                ends = True
            if ends or not is_kept:
                if connection:
                    connection.close()
                connection = None
            time.sleep(pause)

    def close(self):
        """What went wrong."""
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        return self.problems


def _answer(connection):
    """Status of an answer, and whether the connection ends after it."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(65536)
        assert more, f"closed without an answer after {len(text)} bytes"
        text += more
    head, _, rest = text.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    while len(rest) < int(headers["content-length"]):
        more = connection.recv(65536)
        assert more, "closed within an answer"
        rest += more
    return int(lines[0].split()[1]), headers.get("connection") == "close"


def images(cluster):
    """Images of our pods that are not about to go."""
    return {c["image"] for pod in cluster.get("pods") if pod["metadata"]["namespace"] in NAMESPACES
            and "deletionTimestamp" not in pod["metadata"] for c in pod["spec"]["containers"]}


def test_up_and_down_nothing_is_dropped(cluster):
    """Everything is replaced, twice; no request fails, and a connection between pods stands through it."""
    answer = install(cluster, "--gateway-service", "NodePort")
    assert answer.returncode == 0, said(cluster, answer)
    for name in NAMESPACES:
        label(cluster, name)
    street = town.Street(cluster)
    cluster.apply(town.wall())
    echo, callers = Echo(cluster), Callers(cluster, street)
    try:
        cluster.wait("slow answers", lambda: callers.counts.get("slow", 0) > 2)
        for binary, name, version in ((cluster.next, NEXT_IMAGE, NEXT), (BINARY, IMAGE, number())):
            answer = install(cluster, "--gateway-service", "NodePort", binary=binary, name=name)
            assert answer.returncode == 0, said(cluster, answer)
            cluster.wait("pods of the other version alone", lambda n=name: images(cluster) == {n}, 120)
            said_version = cluster.get("deployments", "sallyport-controller", "sallyport-system")["metadata"]["labels"]
            assert said_version["app.kubernetes.io/version"] == version
            before = dict(callers.counts)
            cluster.wait("requests after it", lambda b=before: all(callers.counts[n] > b[n] + 2 for n in b))
    finally:
        problems, broken = callers.close(), echo.close()
    assert not problems, problems[:10]
    assert not broken, broken
    assert echo.count > 200
    # The wall still stands.
    assert town.from_pod(cluster, "other", street.model, 11434, seconds=2)[0] == 0
