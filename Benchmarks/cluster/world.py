"""The objects of the benchmark: pods on nodes that are objects only, services, policies, and a gateway before the services."""

from harness.api_server import STRATEGIC, path_of
from harness.kubelets import status_of_pod

NAMESPACES, APPS, PER_NODE = 20, 25, 110
POLICIES = "networking.k8s.io/v1"
GATEWAY = "gateway.networking.k8s.io/v1"


def namespace(number):
    """The name of one."""
    return f"team-{number % NAMESPACES}"


class World:
    """Makes objects over many connections at once."""

    def __init__(self, api, kubelets):
        self.api, self.kubelets, self.count = api, kubelets, 0

    def fill(self, pods, services, policies, threads=12):
        """All there is."""
        each = [self._namespace(n) for n in range(NAMESPACES)]
        for thing in [*each, self._namespace_named("ai"), *front(services)]:
            self.api.create(thing, also=(409,))
        self.api.every(lambda n: self.api.create(service(n)), range(services), threads)
        self.api.every(lambda n: self.api.create(policy(n)), range(policies), threads)
        self.api.every(self.pod, range(pods), threads)

    def pod(self, number, node=None, name=None, labels=None):
        """A pod that runs at once: its name and its address."""
        node = node or self.kubelets.names[number // PER_NODE % len(self.kubelets.names)]
        thing = pod(number, node, name, labels)
        address = self.kubelets.address(node)
        place = path_of("Pod", thing["metadata"]["namespace"], thing["metadata"]["name"])
        self.api.create(thing)
        self.api.patch(place + "/status", {"status": status_of_pod(
            address, self.kubelets.host(node), thing["spec"]["containers"])}, STRATEGIC)
        return thing["metadata"]["name"], address

    def replace(self, number, generation):
        """One pod goes, and another comes in its place."""
        old = f"pod-{number}" if generation == 0 else f"pod-{number}-{generation}"
        self.api.delete(path_of("Pod", namespace(number), old), grace=0)
        return self.pod(number, name=f"pod-{number}-{generation + 1}")

    @staticmethod
    def _namespace_named(name):
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {
            "kubernetes.io/metadata.name": name}}}

    def _namespace(self, number):
        thing = self._namespace_named(namespace(number))
        thing["metadata"]["labels"]["tier"] = f"tier-{number % 4}"
        return thing


def pod(number, node, name=None, labels=None):
    """A pod on a node; ten pods of a namespace have an app in common."""
    app = f"app-{number // NAMESPACES % APPS}"
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name or f"pod-{number}", "namespace": namespace(number),
                         "labels": {"app": app, "version": f"v{number % 3}", **(labels or {})}},
            "spec": {"nodeName": node, "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
                     "containers": [{"name": "c", "image": "example.com/app:1", "ports": [{"name": "http", "containerPort": 8080}],
                                     "env": [{"name": f"SETTING_{n}", "value": "x" * 40} for n in range(10)]}]}}


def service(number):
    """The service of an app."""
    app = f"app-{number // NAMESPACES % APPS}"
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"service-{number}", "namespace": namespace(number)},
            "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}


def policy(number, name=None, address=None):
    """Who reaches an app: another app of the namespace, every namespace of a tier, and a block of addresses."""
    app, other = (number // NAMESPACES % APPS, (number // NAMESPACES + 7) % APPS)
    block = f"{address}/32" if address else f"172.{16 + number % 16}.{number // 16 % 256}.0/24"
    return {"apiVersion": POLICIES, "kind": "NetworkPolicy",
            "metadata": {"name": name or f"policy-{number}", "namespace": namespace(number)},
            "spec": {"podSelector": {"matchLabels": {"app": f"app-{app}"}}, "policyTypes": ["Ingress"],
                     "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": f"app-{other}"}}},
                                           {"namespaceSelector": {"matchLabels": {"tier": f"tier-{number % 4}"}},
                                            "podSelector": {"matchLabels": {"version": f"v{number % 3}"}}},
                                           {"ipBlock": {"cidr": block}}],
                                  "ports": [{"port": "http"}, {"port": 9000 + number % 10}]}]}}


def front(services):
    """A Gateway, and a route to every fifth service."""
    routes = [{"apiVersion": GATEWAY, "kind": "HTTPRoute", "metadata": {"name": f"route-{n}", "namespace": namespace(n)},
               "spec": {"parentRefs": [{"name": "front", "namespace": "ai"}], "hostnames": [f"s{n}.example.com"],
                        "rules": [{"backendRefs": [{"name": f"service-{n}", "port": 80}]}]}}
              for n in range(0, services, 5)]
    return [{"apiVersion": GATEWAY, "kind": "GatewayClass", "metadata": {"name": "sallyport"},
             "spec": {"controllerName": "sallyport.dev/gateway"}},
            {"apiVersion": GATEWAY, "kind": "Gateway", "metadata": {"name": "front", "namespace": "ai"},
             "spec": {"gatewayClassName": "sallyport", "listeners": [{
                 "name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}]}}, *routes]
