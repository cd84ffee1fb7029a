"""A gateway, an agent and a controller whose API server freezes, dies, is cut off, forgets, or knows them no more.

The processes run beside the node, as its pods would; pods are real. What ten minutes would be is shorter here: a minute of
silence is beyond the time after which a connection is taken for dead, and beyond several attempts; the unit tests of the source
go through longer times with a clock of their own.
"""

import base64
import http.client
import json
import os
import signal
import subprocess
import time

import pytest
import yaml

from harness import conformance, keys, kube_town as town
from harness.api_server import API, APPLY, inside, path_of
from harness.bad_line import BadLine
from harness.certificates import Authority
from harness.control_plane import ControlPlane
from harness.gateway import BINARY
from harness.kubernetes import Kubernetes, why_not

MISSING = why_not() or conformance.why_not()
SECONDS = 75  # the longest wait between two attempts is 30, and an attempt may take as long
ADMIN, DOOR = 9482, 10080
POLICIES = "networking.k8s.io/v1"

pytestmark = [pytest.mark.skipif(bool(MISSING), reason=f"no real cluster: {MISSING}"), pytest.mark.timeout(420)]


class Street:
    """A model, a friend who may reach it, a stranger who may not; a gateway before it, and an agent around it."""

    def __init__(self, cluster, api):
        self.cluster, self.api, self.server = cluster, api, ControlPlane(cluster, api)
        self.key = keys.new_key()
        self.processes, self.pids = {}, {}
        self.model = None

    def build(self):
        """Everything there is."""
        cluster = self.cluster
        cluster.apply(town.MODEL)
        cluster.apply(*town.front(), _access_key(self.key), access("Inference", "Metadata"), wall("friend"),
                      {"apiVersion": f"{town.GATEWAY}/v1", "kind": "GatewayClass", "metadata": {"name": "sallyport"},
                       "spec": {"controllerName": "sallyport.dev/gateway"}},
                      _sleeper("friend", 1_000_001), _sleeper("stranger", 1_000_002))
        self.model = cluster.pod_ready("ai", "app=model")[0]["status"]["podIP"]
        for name, number in (("friend", 1_000_001), ("stranger", 1_000_002)):
            cluster.pod_ready("agents", f"app={name}")
            self.pids[name] = cluster.run("pgrep", "-f", f"^sleep {number}$").split()[0]

    def run(self, name, *arguments):
        """One of our processes, by the node's address of the API server; its log is a file."""
        with open(self.log(name), "a") as log:
            self.processes[name] = self.cluster.start(BINARY, *arguments, stdout=log, stderr=subprocess.STDOUT)

    def gateway(self, kubeconfig=None):
        """The front door."""
        self.run("gateway", "gateway", "--gateway", "ai/front", "--cluster", "--kubeconfig", kubeconfig or self.kubeconfig(),
                 "--bind", "127.0.0.1", "--admin", "127.0.0.1:9191", "--state", self.cluster.home / "gateway", "--threads", "1")

    def agent(self, kubeconfig=None):
        """The node's."""
        self.run("agent", "agent", "--node", "node1", "--cluster", "--kubeconfig", kubeconfig or self.kubeconfig(), "--admin",
                 f"127.0.0.1:{ADMIN}", "--state", self.cluster.home / "agent")

    def log(self, name):
        """Where a process says what it does."""
        return self.cluster.home / f"{name}.log"

    def end(self, *names):
        """End processes."""
        for name in names:
            process = self.processes.pop(name, None)
            if process:
                process.kill()
                process.wait(20)

    def kubeconfig(self, user=None, name="ours", server=None):
        """A file that says where the API server is, at the address that can be cut off or elsewhere, and who we are."""
        config = yaml.safe_load((self.cluster.home / "state" / "admin.kubeconfig").read_text())
        config["clusters"][0]["cluster"].update(server or {"server": f"https://{self.server.node}:6443"})
        if user:
            config["users"][0]["user"] = user
        path = self.cluster.home / f"{name}.kubeconfig"
        path.write_text(yaml.safe_dump(config))
        path.chmod(0o600)
        return path

    def ask(self, key=None, seconds=5):
        """Status of an answer of the front door; 0: nobody answers."""
        def work():
            connection = http.client.HTTPConnection("127.0.0.1", DOOR, timeout=seconds)
            try:
                connection.request("POST", "/v1/chat/completions", town.BODY, {
                    "content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})})
                return connection.getresponse().status
            except OSError:
                return 0
            finally:
                connection.close()
        return inside(self.api.namespace, work)

    def reaches(self, pod, seconds=1):
        """Whether a pod reaches the model itself; asked without the API server."""
        answer = self.cluster.try_run(
            "nsenter", "-t", self.pids[pod], "-n", "--", "curl", "-s", "-m", str(seconds), "-d", town.BODY, "-o", "/dev/null",
            "-w", "%{http_code}", f"http://{self.model}:11434/v1/chat/completions")
        return answer.stdout.strip() == "200"

    def stands(self):
        """What was allowed is, what was not is not."""
        assert self.ask(self.key) == 200
        assert self.ask() == 401
        assert self.ask(keys.new_key()) == 401
        assert self.reaches("friend")
        assert not self.reaches("stranger")
        for process in self.processes.values():
            assert process.poll() is None, "a process ended"

    def stands_for(self, seconds):
        """The same again and again."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.stands()
            time.sleep(1)

    def follows(self, seconds=SECONDS):
        """Changes take effect again, to fewer and to more, at the door and in the kernel."""
        self.put(access("Metadata"))
        self.put(wall("stranger"))
        self.wait("the door closes", lambda: self.ask(self.key) == 403, seconds)
        self.wait("the stranger is let in", lambda: self.reaches("stranger"), seconds)
        assert not self.reaches("friend")
        self.put(access("Inference", "Metadata"))
        self.put(wall("friend"))
        self.wait("the door opens", lambda: self.ask(self.key) == 200, seconds)
        self.wait("the friend is let in", lambda: self.reaches("friend"), seconds)
        self.stands()

    def put(self, thing):
        """Server-side apply."""
        self.api.put(thing)

    def wait(self, what, check, seconds=SECONDS):
        """Until `check` holds."""
        try:
            return self.cluster.wait(what, check, seconds, 0.2)
        except AssertionError as problem:
            logs = "".join(f"\n== {n}\n" + self.log(n).read_text()[-3000:] for n in self.processes)
            raise AssertionError(f"{problem}{logs}") from None


def _sleeper(name, number):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "agents", "labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [
                {"name": "c", "image": "busybox:1", "imagePullPolicy": "Never", "command": ["sleep", str(number)]}]}}


def _access_key(key):
    return {"apiVersion": town.API, "kind": "AccessKey", "metadata": {"name": "alice", "namespace": "ai"},
            "spec": {"sha256": keys.sha256(key), "owner": "team-a"}}


def access(*classes):
    """What the key may do."""
    return {"apiVersion": town.API, "kind": "AccessPolicy", "metadata": {"name": "model", "namespace": "ai"},
            "spec": {"targetRefs": [{"group": town.GATEWAY, "kind": "HTTPRoute", "name": "model"}],
                     "rules": [{"name": "people", "from": [{"accessKeys": {"names": ["alice"]}}],
                                "to": [{"classes": list(classes)}]}]}}


def wall(app):
    """Only pods of this app reach the model."""
    return {"apiVersion": POLICIES, "kind": "NetworkPolicy", "metadata": {"name": "model", "namespace": "ai"},
            "spec": {"podSelector": {"matchLabels": {"app": "model"}}, "policyTypes": ["Ingress"],
                     "ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": app}}}]}]}}


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """One cluster for all tests; each leaves it as it found it."""
    home = tmp_path_factory.mktemp("faults")
    cluster, made = Kubernetes(home), None
    try:
        cluster.up()
        for path in conformance.definitions():
            cluster.kubectl("create", "--validate=false", "-f", path)
        cluster.kubectl("create", "--validate=false", "-f", "-", text=cluster.run(BINARY, "crds"))
        made = Street(cluster, API(home))
        made.build()
        made.gateway()
        made.agent()
        made.wait("the door", lambda: made.ask(made.key) == 200)
        made.wait("the wall", lambda: not made.reaches("stranger"))
        yield made
    finally:
        if made:
            made.end(*list(made.processes))
        cluster.down()


@pytest.fixture(autouse=True)
def as_it_was(street):
    """Each test begins with what all began with, whatever became of the one before."""
    street.put(access("Inference", "Metadata"))
    street.put(wall("friend"))
    for name, begin in (("gateway", street.gateway), ("agent", street.agent)):
        if name not in street.processes:
            begin()
    street.wait("the door", lambda: street.ask(street.key) == 200)
    street.wait("the wall", lambda: street.reaches("friend") and not street.reaches("stranger"))


def test_changes_take_effect(street):
    """Before anything goes wrong."""
    street.stands()
    street.follows(15)


def test_a_server_that_freezes(street):
    """It holds its connections and says nothing; what was in force stays, and it goes on when the server does."""
    street.server.freeze()
    try:
        street.stands_for(20)
    finally:
        street.server.thaw()
    street.follows()


def test_a_server_that_dies_and_comes_back(street):
    """Connections break; attempts are refused, then answered by one that has forgotten all watches."""
    street.server.kill()
    try:
        street.stands_for(8)
    finally:
        street.server.start()
    street.follows()


def test_a_way_that_is_cut(street):
    """No answer and no end of a connection for a minute, while the cluster goes on: what happened meanwhile is seen after."""
    street.server.cut()
    try:
        street.put(access("Metadata"))
        street.api.delete(path_of("Pod", "agents", "stranger"), grace=1)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            # The last good configuration: not what was changed, and nothing wider.
            assert street.ask(street.key) == 200
            assert street.ask() == 401
            assert street.reaches("friend")
            time.sleep(1)
    finally:
        street.server.join()
    street.wait("the door closes", lambda: street.ask(street.key) == 403)
    street.put(access("Inference", "Metadata"))
    street.cluster.apply(_sleeper("stranger", 1_000_003))
    street.cluster.pod_ready("agents", "app=stranger")
    street.pids["stranger"] = street.cluster.run("pgrep", "-f", "^sleep 1000003$").split()[0]
    street.wait("the door opens", lambda: street.ask(street.key) == 200)
    street.follows()


def test_connections_that_are_dead(street):
    """What is open to the server leads nowhere any more, and nobody says so: a firewall has forgotten it. Others are opened."""
    street.server.bury([_child(street, name) for name in ("gateway", "agent")])
    try:
        street.follows()
    finally:
        street.server.join()


def test_a_server_that_forgot(street):
    """While our processes sleep, objects change and go, the store is compacted, and the server is another: 410 Gone."""
    for name in ("gateway", "agent"):
        os.kill(_child(street, name), signal.SIGSTOP)
    try:
        old = street.api.get(path_of("Service", "ai"))["metadata"]["resourceVersion"]
        street.put(access("Metadata"))
        for number in range(20):
            street.put({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"passing-{number}", "namespace": "ai"},
                        "spec": {"ports": [{"port": 80, "protocol": "TCP"}]}})
            street.api.delete(path_of("Service", "ai", f"passing-{number}"))
        street.put(wall("stranger"))
        assert street.server.compact() > int(old)
        street.server.kill()
        street.server.start()
        # What our processes will be told, too.
        assert next(street.api.watch(path_of("Service", "ai"), old))["object"]["code"] == 410
    finally:
        for name in ("gateway", "agent"):
            os.kill(_child(street, name), signal.SIGCONT)
    street.wait("the door closes", lambda: street.ask(street.key) == 403)
    street.wait("the stranger is let in", lambda: street.reaches("stranger"))
    street.wait("the friend is kept out", lambda: not street.reaches("friend"))
    street.put(access("Inference", "Metadata"))
    street.put(wall("friend"))
    street.wait("the door opens", lambda: street.ask(street.key) == 200)
    street.wait("the friend is let in", lambda: street.reaches("friend"))
    street.stands()


def _child(street, name):
    """The process itself: what runs a command inside becomes it."""
    pid = street.processes[name].pid
    assert os.readlink(f"/proc/{pid}/exe").endswith("sallyport"), os.readlink(f"/proc/{pid}/exe")
    return pid


def test_processes_that_start_while_it_is_away(street):
    """A gateway serves nobody before it knows the cluster; what an agent left in the kernel stays. Both come when it does."""
    street.server.kill()
    try:
        street.end("gateway", "agent")
        assert street.reaches("friend") and not street.reaches("stranger")
        street.gateway()
        street.agent()
        for _ in range(5):
            time.sleep(1)
            assert street.ask(street.key) == 0
            assert street.reaches("friend") and not street.reaches("stranger")
    finally:
        street.server.start()
    # Who gave up says so and ends; whoever runs it starts it again, as here.
    deadline = time.monotonic() + SECONDS
    while street.ask(street.key) != 200 and time.monotonic() < deadline:
        for name, again in (("gateway", street.gateway), ("agent", street.agent)):
            if street.processes[name].poll() is not None:
                assert street.processes[name].returncode > 0, "it ended without saying that it failed"
                again()
        time.sleep(0.5)
    street.stands()
    street.follows()


def test_a_token_that_is_revoked(street):
    """The token of a service account is no good any more, in the middle: all stays as it was, and the log says why. With a new
    one in the same file it goes on, without a start."""
    place, token = _account(street), street.cluster.home / "token"
    token.write_text(_token(street, place, "first"))
    user = street.kubeconfig({"tokenFile": str(token)}, "token")
    street.end("gateway", "agent")
    street.gateway(user)
    street.agent(user)
    street.wait("the door", lambda: street.ask(street.key) == 200)
    street.follows()
    street.api.delete(path_of("Secret", "agents", "first"))
    # Streams that run go on: the new server asks for the token again.
    street.server.kill()
    street.server.start()
    street.put(access("Metadata"))
    street.wait("it is said", lambda: all("401" in street.log(n).read_text() or "nauthorized" in street.log(n).read_text()
                                          for n in ("gateway", "agent")))
    street.stands_for(5)
    token.write_text(_token(street, place, "second"))
    street.wait("the door closes", lambda: street.ask(street.key) == 403)
    street.put(access("Inference", "Metadata"))
    street.wait("the door opens", lambda: street.ask(street.key) == 200)
    street.follows()
    street.end("gateway", "agent")  # the next ones are the administrator's again


def test_answers_that_are_slow_and_cut(street, tmp_path):
    """Lists and watches that come seconds late, and that end in the middle of a line: nothing is lost, no half is believed."""
    token = _token(street, _account(street), "line")
    authority = Authority(tmp_path, "line")
    line = BadLine(street.api, *authority.issue("line", "IP:127.0.0.1", usage="serverAuth"), 16443)
    try:
        place = street.kubeconfig({"token": token}, "line", {
            "server": "https://127.0.0.1:16443",
            "certificate-authority-data": base64.b64encode(authority.pem.encode()).decode()})
        street.end("gateway", "agent")
        line.cut(6)  # in the lists that they begin with
        street.gateway(place)
        street.agent(place)
        street.wait("the door", lambda: street.ask(street.key) == 200)
        street.wait("the wall", lambda: street.reaches("friend") and not street.reaches("stranger"))
        assert line.pieces > 0 and line.cuts == 0
        for _ in range(3):
            line.cut(4)
            street.follows()
        assert line.cuts == 0
        line.delay = 2
        street.follows()
        street.stands_for(5)
    finally:
        line.close()
        street.end("gateway", "agent")


def _account(street):
    """A service account that may read everything."""
    api = "rbac.authorization.k8s.io/v1"
    for thing in ({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader", "namespace": "agents"}},
                  {"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": "tests-reader"},
                   "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]},
                  {"apiVersion": api, "kind": "ClusterRoleBinding", "metadata": {"name": "tests-reader"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "tests-reader"},
                   "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "agents"}]}):
        street.put(thing)
    return path_of("ServiceAccount", "agents", "reader", subresource="token")


def _token(street, place, secret):
    """A token that is good as long as a Secret is there: no less than ten minutes can be asked for by time."""
    made = street.api.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret, "namespace": "agents"}})
    status, body = street.api.request("POST", place, {
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": 600, "boundObjectRef": {
            "apiVersion": "v1", "kind": "Secret", "name": secret, "uid": made["metadata"]["uid"]}}})
    assert status == 201, body
    return json.loads(body)["status"]["token"]


@pytest.fixture
def controller(street):
    """A controller with a webhook to nobody."""
    for name in ("sallyport-system", "sallyport-gateways"):
        street.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    street.run("controller", "controller", "--kubeconfig", street.kubeconfig(), "--webhook", "none", "--admin",
               "127.0.0.1:9190", "--gateway-image", "localhost/sallyport:none", "--gateway-pull-policy", "Never",
               "--gateway-replicas", "1", "--gateway-service", "ClusterIP", "--gateway-send-to", "none")
    yield street
    street.end("controller")


def test_others_who_write_the_same_fields(controller):
    """A status that somebody overwrites comes back, and entries of other controllers stay; a number of replicas that somebody
    else owns is left to him, and the Gateway says who."""
    street, api = controller, controller.api
    place = path_of("Gateway", "ai", "front", f"{town.GATEWAY}/v1")

    def condition(type_):
        found = api.get(place).get("status", {}).get("conditions", [])
        return next((c for c in found if c["type"] == type_), {"status": "", "reason": "", "message": ""})

    street.wait("the Gateway is accepted", lambda: condition("Accepted")["status"] == "True")
    lie = {"type": "Accepted", "status": "False", "reason": "Lie", "message": "", "lastTransitionTime": "2020-01-01T00:00:00Z",
           "observedGeneration": 1}
    api.patch(place + "/status?fieldManager=somebody", {"status": {"conditions": [lie]}})
    assert condition("Accepted")["reason"] == "Lie"
    street.wait("the status comes back", lambda: condition("Accepted")["reason"] == "Accepted", 30)

    route = path_of("HTTPRoute", "ai", "model", f"{town.GATEWAY}/v1")
    parents = api.get(route)["status"]["parents"]
    other = {"controllerName": "example.com/other", "parentRef": {"name": "elsewhere"},
             "conditions": [dict(lie, reason="Other")]}
    api.patch(route + "/status?fieldManager=other", {"status": {"parents": parents + [other]}})
    street.put(access("Metadata"))
    api.patch(route, {"spec": {"hostnames": ["a.example.com"]}})
    street.wait("ours follows the generation", lambda: _generation(api.get(route), "sallyport.dev/gateway") == 2, 30)
    assert _generation(api.get(route), "example.com/other") == 1
    api.patch(route, {"spec": {"hostnames": None}})
    street.put(access("Inference", "Metadata"))

    deployments = path_of("Deployment", "sallyport-gateways", api_version="apps/v1")
    name = street.wait("the Deployment", lambda: api.get(deployments)["items"])[0]["metadata"]["name"]
    mine = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {"replicas": 3}}
    api.patch(f"{deployments}/{name}?fieldManager=somebody&force=true", mine, APPLY)
    street.wait("the Gateway says who", lambda: "somebody" in condition("Programmed")["message"], 30)
    assert "replicas" in condition("Programmed")["message"]
    assert api.get(f"{deployments}/{name}")["spec"]["replicas"] == 3


def _generation(route, controller):
    entry = next(p for p in route["status"]["parents"] if p["controllerName"] == controller)
    return entry["conditions"][0]["observedGeneration"]
