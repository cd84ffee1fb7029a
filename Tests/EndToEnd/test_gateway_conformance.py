"""The manifests of the Gateway API's conformance suite on a real API server, and the statuses that the controller gives them.

What is expected is what `Tests/RoutingTests/Conformance` expects of the same manifests as values; a test there keeps that list
and the suite's the same. Here the objects go through the definitions of the suite, watches, the controller's deployments and
server-side apply. Nodes are objects only: pods of the gateways are said to be ready as soon as they are there.
"""

import subprocess
import time

import pytest

from harness import conformance
from harness.api_server import API, Refused, path_of, place_of
from harness.certificates import Authority
from harness.conformance import CLASS, CONTROLLER, INFRA, Checker
from harness.gateway import BINARY
from harness.kubelets import Kubelets
from harness.kubernetes import Kubernetes, why_not

GATEWAY_API = "gateway.networking.k8s.io/v1"
SECONDS = 30
MISSING = why_not() or conformance.why_not()
RESULTS = conformance.results()
EXPECTED = conformance.expectations()
TESTS = {} if MISSING else conformance.tests()
PASSED = [name for name in TESTS if RESULTS[name][0] != "not applicable"]
#: Tests that change objects while they run have a test of their own below.
OWN = {"GatewayStaticAddresses", "GatewayModifyListeners", "GatewayObservedGenerationBump", "HTTPRouteObservedGenerationBump",
       "GatewayClassObservedGenerationBump", "BackendTLSPolicyObservedGenerationBump", "GatewayInfrastructure"}

pytestmark = [pytest.mark.skipif(bool(MISSING), reason=f"no real cluster: {MISSING}"), pytest.mark.timeout(420)]


class Suite:
    """The cluster, with the suite's base in it, and a controller."""

    def __init__(self, api, log):
        self.api, self.log = api, log
        self.started = None
        served = api.get("/apis/discovery.k8s.io/v1")
        self.slices = "discovery.k8s.io/v1" if served else "discovery.k8s.io/v1beta1"

    def find(self, kind, namespace, name):
        """An object, or None."""
        return self.api.get(path_of(kind, namespace, name, "v1" if kind == "Service" else GATEWAY_API))

    def add(self, thing):
        """A new object; one of its name that is still going is waited for."""
        if thing["kind"] == "EndpointSlice":
            thing["apiVersion"] = self.slices
        deadline = time.monotonic() + 10
        while True:
            try:
                return self.api.create(thing)
            except Refused as problem:
                if problem.status != 409 or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def remove(self, things):
        """All of them gone."""
        self.api.every(lambda t: self.api.delete(place_of(t)), [t for t in things if t["kind"] != "Namespace"], 4)

    def reach(self, lines):
        """Waits until all lines hold."""
        checker = Checker(self.find)
        deadline = time.monotonic() + SECONDS
        while problems := checker.problems(lines):
            assert time.monotonic() < deadline, "\n".join(problems)
            time.sleep(0.1)


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """One cluster for all: definitions, base, certificates that the suite makes when it runs, and the controller."""
    home = tmp_path_factory.mktemp("conformance")
    cluster, kubelets, controller = Kubernetes(home), None, None
    try:
        cluster.up()
        for path in conformance.definitions():
            cluster.kubectl("create", "--validate=false", "-f", path)
        api = API(home)
        kubelets = Kubelets(api, ["made-up"]).start()
        api.patch("/api/v1/nodes/node1", {"spec": {"unschedulable": True}})
        for name in ("sallyport-system", "sallyport-gateways", "sallyport-agents"):
            api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        made = Suite(api, home / "controller.log")
        made.add({"apiVersion": GATEWAY_API, "kind": "GatewayClass", "metadata": {"name": CLASS},
                  "spec": {"controllerName": CONTROLLER}})
        for thing in conformance.objects("base/manifests.yaml") + _certificates(home):
            made.add(thing)
        made.started = time.monotonic()
        with open(made.log, "w") as log:
            controller = cluster.start(
                BINARY, "controller", "--kubeconfig", cluster.kubeconfig, "--webhook", "none", "--admin", "127.0.0.1:9190",
                "--gateway-image", "localhost/sallyport:made-up", "--gateway-replicas", "1", "--gateway-service", "ClusterIP",
                "--gateway-send-to", "none", stdout=log, stderr=subprocess.STDOUT)
        made.reach(["status GatewayClass x//sallyport Accepted=True"])
        yield made
    finally:
        _end(cluster, kubelets, controller)


def _end(cluster, kubelets, controller):
    if kubelets:
        kubelets.stop()
    if controller:
        controller.terminate()
        controller.wait(20)
    cluster.down()


def _certificates(folder):
    """The Secrets and ConfigMaps that the suite makes when it runs; one certificate is enough for statuses."""
    authority = Authority(folder, "conformance")
    chain, key = authority.issue("all", "DNS:*.example.com,DNS:*.org,DNS:abc.example.com", usage="serverAuth,clientAuth")
    secrets = ["infra/tls-validity-checks-certificate", "infra/tls-passthrough-checks-certificate",
               "infra/tls-checks-certificate", "infra/tls-checks-client-certificate",
               "infra/tls-validity-checks-client-certificate", "web-backend/certificate"]
    maps = ["infra/tls-checks-ca-certificate", "infra/mismatch-ca-certificate", "infra/tls-validity-checks-ca-certificate",
            "infra/tls-validity-checks-per-port-ca-certificate", "web-backend/web-backend-cm"]

    def thing(kind, path, **more):
        namespace, name = path.split("/")
        return {"apiVersion": "v1", "kind": kind, **more,
                "metadata": {"name": name, "namespace": f"gateway-conformance-{namespace}"}}

    pair = {"tls.crt": chain.read_text(), "tls.key": key.read_text()}
    return [thing("Secret", s, type="kubernetes.io/tls", stringData=pair) for s in secrets] + \
        [thing("ConfigMap", m, data={"ca.crt": authority.pem}) for m in maps]


@pytest.fixture
def put(suite):
    """Manifests of a test, which go after it."""
    made = []

    def apply(name, replaced=()):
        for path in TESTS[name]:
            for thing in conformance.objects(path, replaced):
                suite.add(thing)
                made.append(thing)
        return made

    yield apply
    suite.remove(made)


def test_no_test_of_the_suite_is_forgotten():
    """Every test is applied here, or `docs/gateway-api-conformance.md` says why not; nothing is expected of others."""
    assert set(TESTS) == set(RESULTS)
    assert set(EXPECTED) <= set(PASSED)
    assert OWN <= set(PASSED)
    assert len(PASSED) > 90


@pytest.mark.parametrize("name", [name for name in TESTS if name not in OWN])
def test_statuses(name, suite, put):
    """Conditions, listeners and attached routes of one test."""
    result, why = RESULTS[name]
    if result == "not applicable":
        pytest.skip(f"not applicable: {why}")
    things = put(name)
    lines = [line for line in EXPECTED[name] if line.startswith(("status ", "listener "))]
    suite.reach(lines or default_of(things))


def default_of(things):
    """What to expect where the table asks only about requests."""
    lines = conformance.default_lines(things)
    assert lines, "there is something to expect"
    return lines


def test_modified_listeners(suite, put):
    """One listener comes, another goes."""
    put("GatewayModifyListeners")
    suite.reach(EXPECTED["GatewayModifyListeners"])
    adding, removing = (path_of("Gateway", INFRA, f"gateway-{word}-listener", GATEWAY_API) for word in ("add", "remove"))
    listeners = suite.api.get(removing)["spec"]["listeners"]
    more = suite.api.get(adding)["spec"]["listeners"] + [dict(listeners[-1], hostname="data.test.com")]
    suite.api.patch(adding, {"spec": {"listeners": more}})
    suite.api.patch(removing, {"spec": {"listeners": listeners[1:]}})
    suite.reach(["listener gateway-add-listener/https attached=1 Accepted=True ResolvedRefs=True",
                 "listener gateway-add-listener/http attached=1 Accepted=True ResolvedRefs=True",
                 "listener gateway-remove-listener/http attached=1 Accepted=True ResolvedRefs=True"])
    assert [entry["name"] for entry in suite.api.get(removing)["status"]["listeners"]] == ["http"]


@pytest.mark.parametrize("name, kind, change", [
    ("GatewayObservedGenerationBump", "Gateway",
     {"spec": {"listeners": [{"name": "alternate", "port": 80, "protocol": "HTTP", "hostname": "foo.com"}]}}),
    ("HTTPRouteObservedGenerationBump", "HTTPRoute",
     {"spec": {"rules": [{"backendRefs": [{"name": "infra-backend-v2", "port": 8080}]}]}}),
    ("GatewayClassObservedGenerationBump", "GatewayClass", {"spec": {"description": "new"}}),
    ("BackendTLSPolicyObservedGenerationBump", "BackendTLSPolicy", {"spec": {"validation": {"hostname": "new.example.com"}}}),
])
def test_observed_generation(name, kind, change, suite, put):
    """Conditions say of which generation they are."""
    thing = next(t for t in put(name) if t["kind"] == kind)
    line = f"status {kind} {INFRA}//{thing['metadata']['name']} Accepted=True"
    suite.reach([line])
    changed = suite.api.patch(place_of(thing), change)
    assert changed["metadata"]["generation"] == 2
    suite.reach([line])
    assert "2" in str(suite.api.get(place_of(thing))["status"])


def test_static_addresses(suite, put):
    """Addresses that are asked for: one of an unknown type, one that cannot be had, one that can."""
    usable, unusable = "198.19.77.7", "192.0.2.1"
    put("GatewayStaticAddresses", (("PLACEHOLDER_UNUSABLE_ADDRS", unusable), ("PLACEHOLDER_USABLE_ADDRS", usable)))
    place = path_of("Gateway", INFRA, "gateway-static-addresses", GATEWAY_API)
    for line in ("Accepted=False/UnsupportedAddress", "Accepted=True/Accepted Programmed=False/AddressNotUsable",
                 "Accepted=True/Accepted Programmed=True/Programmed"):
        suite.reach([f"status Gateway gateway-static-addresses {line}"])
        addresses = suite.api.get(place)["spec"]["addresses"]
        if len(addresses) > 1:
            suite.api.patch(place, {"spec": {"addresses": addresses[1:]}})
    assert suite.api.get(place)["status"]["addresses"] == [{"type": "IPAddress", "value": usable}]


def test_infrastructure(suite, put):
    """Labels and annotations for what is made for a Gateway are on all of it; values alone could not show that."""
    put("GatewayInfrastructure")
    suite.reach(["status Gateway gateway-with-infrastructure-metadata Accepted=True Programmed=True"])
    made = f"{INFRA}/gateway-with-infrastructure-metadata"
    for kind, version in (("Deployment", "apps/v1"), ("Service", "v1"), ("ServiceAccount", "v1")):
        things = suite.api.get(path_of(kind, "sallyport-gateways", api_version=version))["items"]
        mine = [t["metadata"] for t in things if t["metadata"].get("annotations", {}).get("sallyport.dev/made-for") == made]
        assert len(mine) == 1, kind
        assert mine[0]["annotations"]["key1"] == "value1" and mine[0]["labels"]["key2"] == "value2", kind
    deployment = next(t for t in suite.api.get(path_of("Deployment", "sallyport-gateways", api_version="apps/v1"))["items"]
                      if t["metadata"].get("annotations", {}).get("sallyport.dev/made-for") == made)
    template = deployment["spec"]["template"]["metadata"]
    assert template["annotations"]["key1"] == "value1" and template["labels"]["key2"] == "value2"


def test_statuses_come_to_rest(suite, put):
    """Nothing is written twice: versions of objects stay when nothing changes."""
    lines = default_of(put("HTTPRouteSimpleSameNamespace"))
    suite.reach(lines + ["status Gateway same-namespace Accepted=True Programmed=True",
                         "listener same-namespace/http attached=1"])

    def versions():
        return {(kind, t["metadata"]["name"]): t["metadata"]["resourceVersion"]
                for kind in ("Gateway", "HTTPRoute", "GatewayClass")
                for t in suite.api.get(path_of(kind, api_version=GATEWAY_API))["items"]}

    deadline = time.monotonic() + 20
    before, after = None, versions()
    while before != after:
        assert time.monotonic() < deadline, "versions keep changing"
        time.sleep(3)
        before, after = after, versions()


def test_kinds_of_which_nothing_happens_are_no_alarm(suite):
    """The server never says a word about a kind without events; a watch of it ends, and begins anew, without noise."""
    time.sleep(max(0, suite.started + 165 - time.monotonic()))
    said = suite.log.read_text()
    assert "leads now" in said
    assert "said nothing" not in said


def test_what_does_not_hold_is_noticed(suite):
    """The checker of these tests is not satisfied with anything."""
    suite.reach(["status Gateway same-namespace Accepted=True Programmed=True"])
    checker = Checker(suite.find)
    for line in ("status Gateway same-namespace Accepted=False", "status Gateway same-namespace Accepted=True/Other",
                 "status Gateway same-namespace Programmed=absent", "status Gateway nobody Accepted=True",
                 "status HTTPRoute nobody Accepted=True", "listener same-namespace/other attached=0",
                 "listener same-namespace/http attached=7", "listener same-namespace/http kinds=TCPRoute",
                 "listener same-namespace/http Accepted=False"):
        assert checker.problems([line]), line
