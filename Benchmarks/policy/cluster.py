"""Clusters that look like real ones, of any size, the same for the same seed. See README.md for what is in them."""

import random
from dataclasses import dataclass, field

TEAMS = ["checkout", "search", "catalog", "payments", "identity", "media", "growth", "data", "ml", "logistics", "support",
         "mobile", "pricing", "risk", "content", "partners"]
APPS = ["api", "web", "worker", "gateway", "cache", "db", "queue", "scheduler", "indexer", "auth", "admin", "notifier",
        "importer", "exporter", "model-server", "embedder", "reports", "sync"]
STAGES = ["prod", "staging", "dev"]
NAME = "app.kubernetes.io/name"
PORTS = {"api": 8080, "web": 8080, "gateway": 8443, "cache": 6379, "db": 5432, "queue": 5672, "model-server": 8000,
         "embedder": 8000}


@dataclass
class App:
    """One Deployment or StatefulSet, and where it runs."""
    namespace: str
    name: str
    base: str
    kind: str
    replicas: int
    labels: dict
    port: int


@dataclass
class Cluster:
    """The objects, by the file that they are written into."""
    namespaces: list = field(default_factory=list)
    nodes: list = field(default_factory=list)
    pods: list = field(default_factory=list)
    policies: list = field(default_factory=list)
    cluster_policies: list = field(default_factory=list)


class Maker:
    """Makes a cluster of about `pods` pods and exactly `policies` policies."""

    def __init__(self, pods, policies, seed, portable):
        self.dice = random.Random(f"{seed}/{pods}/{policies}")
        self.wanted_pods, self.wanted_policies, self.portable = pods, policies, portable
        self.cluster = Cluster()
        self.apps = {}
        self.next_address = (10 << 24 | 64 << 16) + 10

    def make(self):
        """The whole cluster."""
        for number in range(max(3, self.wanted_pods // 60)):
            self.node(number)
        self.shared_services()
        self.teams()
        self.guarded = [name for name in self.apps if name not in self.open_namespaces()]
        for name in self.guarded:
            self.base_policies(name)
        self.app_policies()
        if not self.portable:
            self.admin_policies()
        return self.cluster

    # Nodes and namespaces

    def node(self, number):
        """A node of one of three zones."""
        address = f"172.20.{number >> 8}.{number & 255}"
        self.cluster.nodes.append({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": f"node-{number}", "labels": {"zone": "abc"[number % 3]}},
            "status": {"addresses": [{"type": "InternalIP", "address": address}]}})

    def namespace(self, name, labels):
        """A namespace without apps yet."""
        self.apps[name] = []
        self.cluster.namespaces.append({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name, **labels}}})

    def shared_services(self):
        """What every cluster has, used from everywhere."""
        size = max(1, min(40, self.wanted_pods // 500))
        for name, apps in {
            "kube-system": [("coredns", "dns", 53, max(2, size // 4)), ("metrics-server", "api", 4443, 2)],
            "monitoring": [("prometheus", "api", 9090, 2), ("grafana", "web", 3000, 2), ("loki", "db", 3100, size)],
            "ingress": [("ingress-nginx", "gateway", 8443, max(2, size))],
            "databases": [("postgres", "db", 5432, size), ("redis", "cache", 6379, size), ("kafka", "queue", 9092, size)],
        }.items():
            self.namespace(name, {"purpose": "shared", "team": "platform"})
            for app, base, port, replicas in apps:
                self.app(name, app, base, replicas, port, "platform", "prod")

    def teams(self):
        """Namespaces of teams: few large ones, many small ones."""
        number = 0
        while len(self.cluster.pods) < self.wanted_pods:
            team = TEAMS[min(int(self.dice.paretovariate(1.1)) - 1, 10_000) % len(TEAMS)]
            stage = self.dice.choices(STAGES, [5, 2, 3])[0]
            name = f"{team}-{number}-{stage}"
            number += 1
            self.namespace(name, {"team": team, "stage": stage, "tenant": f"t{number % 12}"})
            limit = max(3, self.wanted_pods // 12)
            for _ in range(min(int(3 * self.dice.paretovariate(0.9)), limit // 4 + 2)):
                if len(self.cluster.pods) >= self.wanted_pods:
                    break
                base = self.dice.choice(APPS)
                taken = len(self.apps[name])
                replicas = 1 if stage == "dev" else min(int(2 * self.dice.paretovariate(1.0)), 40)
                self.app(name, f"{base}-{taken}", base, replicas, PORTS.get(base, 8080 + taken % 5), team, stage)

    def app(self, namespace, name, base, replicas, port, team, stage):
        """A controller with its pods."""
        labels = {NAME: name, "component": base, "team": team, "stage": stage}
        if self.dice.random() < 0.3:
            labels["version"] = self.dice.choice(["v1", "v2", "v3"])
        if self.dice.random() < 0.1:
            labels["egress"] = "internet"
        kind = "StatefulSet" if base in ("db", "queue", "cache") else "ReplicaSet"
        app = App(namespace, name, base, kind, replicas, labels, port)
        self.apps[namespace].append(app)
        token = f"{self.dice.getrandbits(36):09x}"[:9]
        for number in range(min(replicas, self.wanted_pods - len(self.cluster.pods))):
            self.pod(app, token, number)

    def pod(self, app, token, number):
        """One replica."""
        owner, labels = app.name, dict(app.labels)
        if app.kind == "ReplicaSet":
            owner = f"{app.name}-{token}"
            labels["pod-template-hash"] = token
        node = self.dice.randrange(len(self.cluster.nodes))
        address = ".".join(str(self.next_address >> shift & 255) for shift in (24, 16, 8, 0))
        self.next_address += 1
        host = self.cluster.nodes[node]["status"]["addresses"][0]["address"]
        ports = [{"name": "http" if app.base in ("api", "web") else "main", "containerPort": app.port, "protocol": "TCP"},
                 {"name": "metrics", "containerPort": 9100 + len(app.name) % 3, "protocol": "TCP"}]
        if app.base == "dns":
            ports.append({"name": "dns", "containerPort": 53, "protocol": "UDP"})
        self.cluster.pods.append({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": f"{owner}-{number}", "namespace": app.namespace, "labels": labels,
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": app.kind, "name": owner, "uid": f"u-{owner}",
                                     "controller": True}]},
            "spec": {"nodeName": f"node-{node}", "serviceAccountName": app.base,
                     "containers": [{"name": "main", "image": f"registry.example/{app.base}:1", "ports": ports}]},
            "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": host}})

    # Policies

    def open_namespaces(self):
        """One in six namespaces has no policy at all."""
        names = [name for name in self.apps if name not in ("kube-system", "monitoring", "ingress", "databases")]
        return set(names[::6]) | {"kube-system"}

    def policy(self, namespace, name, selector, types, **rules):
        """Adds a NetworkPolicy while there are too few."""
        if len(self.cluster.policies) >= self.wanted_policies:
            return False
        self.cluster.policies.append({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"podSelector": selector, "policyTypes": types, **rules}})
        return True

    def base_policies(self, namespace):
        """Deny by default, names from DNS, scrapes by monitoring."""
        self.policy(namespace, "default-deny", {}, ["Ingress", "Egress"])
        self.policy(namespace, "allow-dns", {}, ["Egress"], egress=[{
            "to": [{"namespaceSelector": label("kubernetes.io/metadata.name", "kube-system"),
                    "podSelector": label(NAME, "coredns")}],
            "ports": [tcp(53), {"protocol": "UDP", "port": 53}]}])
        self.policy(namespace, "allow-monitoring", {}, ["Ingress"], ingress=[{
            "from": [{"namespaceSelector": label("kubernetes.io/metadata.name", "monitoring"),
                      "podSelector": label(NAME, "prometheus")}],
            "ports": [{"protocol": "TCP", "port": "metrics"}]}])

    def app_policies(self):
        """Policies of apps, in rounds, until there are enough."""
        apps = [app for name in self.guarded for app in self.apps[name]]
        self.dice.shuffle(apps)
        kinds = [self.allow_callers, self.allow_out, self.allow_ingress, self.allow_databases, self.allow_internet,
                 self.allow_team]
        for round_number in range(1000):
            for app in apps:
                kind = kinds[(round_number + (len(app.name) if round_number > 1 else 0)) % len(kinds)]
                if not kind(app, round_number):
                    return

    def peers(self, app, count):
        """Other apps of the same namespace."""
        others = self.apps[app.namespace]
        return [self.dice.choice(others) for _ in range(count)]

    def allow_callers(self, app, number):
        """From a few apps beside it."""
        callers = [{"podSelector": label(NAME, other.name)} for other in self.peers(app, self.dice.randint(1, 3))]
        port = "http" if app.base in ("api", "web") and self.dice.random() < 0.4 else app.port
        return self.policy(app.namespace, f"{app.name}-callers-{number}", label(NAME, app.name), ["Ingress"],
                           ingress=[{"from": callers, "ports": [tcp(port)]}])

    def allow_out(self, app, number):
        """To a few apps beside it, and an app of another namespace."""
        rules = [{"to": [{"podSelector": label(NAME, other.name)}], "ports": [tcp(other.port)]}
                 for other in self.peers(app, 2)]
        other = self.dice.choice(self.guarded)
        rules.append({"to": [{"namespaceSelector": label("kubernetes.io/metadata.name", other),
                              "podSelector": {"matchExpressions": [
                                  {"key": "component", "operator": "In", "values": ["api", "gateway"]}]}}],
                      "ports": [tcp("http") if self.dice.random() < 0.3 else tcp(8080)]})
        return self.policy(app.namespace, f"{app.name}-out-{number}", label(NAME, app.name), ["Egress"], egress=rules)

    def allow_ingress(self, app, number):
        """From the ingress controller, and for some from an office."""
        sources = [{"namespaceSelector": label("kubernetes.io/metadata.name", "ingress")}]
        if self.dice.random() < 0.2:
            sources.append({"ipBlock": {"cidr": f"192.0.2.{self.dice.randrange(4) * 64}/26"}})
        return self.policy(app.namespace, f"{app.name}-ingress-{number}", label(NAME, app.name), ["Ingress"],
                           ingress=[{"from": sources, "ports": [tcp(app.port)]}])

    def allow_databases(self, app, number):
        """To shared databases."""
        port = self.dice.choice([("postgres", 5432), ("redis", 6379), ("kafka", 9092)])
        return self.policy(app.namespace, f"{app.name}-data-{number}", label(NAME, app.name), ["Egress"], egress=[{
            "to": [{"namespaceSelector": label("purpose", "shared"), "podSelector": label(NAME, port[0])}],
            "ports": [tcp(port[1])]}])

    def allow_internet(self, app, number):
        """To the outside: all but private addresses, or a range of a partner."""
        if self.dice.random() < 0.5:
            block = {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]}
        else:
            block = {"cidr": f"198.51.{100 + self.dice.randrange(8)}.{self.dice.randrange(8) * 32}/27"}
        return self.policy(app.namespace, f"{app.name}-internet-{number}", label(NAME, app.name), ["Egress"],
                           egress=[{"to": [{"ipBlock": block}], "ports": [tcp(443)]}])

    def allow_team(self, app, number):
        """From all of the team, whatever the namespace; not from what is in development."""
        return self.policy(app.namespace, f"{app.name}-team-{number}", label(NAME, app.name), ["Ingress"], ingress=[{
            "from": [{"namespaceSelector": {
                "matchLabels": {"team": app.labels["team"]},
                "matchExpressions": [{"key": "stage", "operator": "NotIn", "values": ["dev"]}]}}],
            "ports": [{"protocol": "TCP", "port": 8000, "endPort": 8999}]}])

    def admin_policies(self):
        """What those who run the cluster say: before all other policies, and after them."""
        def add(name, tier, priority, **rest):
            self.cluster.cluster_policies.append({
                "apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
                "metadata": {"name": name}, "spec": {"tier": tier, "priority": priority, **rest}})

        add("no-metadata", "Admin", 1, subject={"namespaces": {}}, egress=[
            {"name": "metadata", "action": "Deny", "to": [{"networks": ["169.254.169.254/32"]}]}])
        add("monitoring", "Admin", 5, subject={"namespaces": {}}, ingress=[
            {"name": "scrapes", "action": "Pass", "from": [
                {"namespaces": label("kubernetes.io/metadata.name", "monitoring")}]}])
        for tenant in range(12):
            others = {"matchExpressions": [{"key": "tenant", "operator": "Exists"},
                                           {"key": "tenant", "operator": "NotIn", "values": [f"t{tenant}"]}]}
            add(f"tenant-{tenant}", "Admin", 20 + tenant, subject={"namespaces": label("tenant", f"t{tenant}")},
                ingress=[{"name": "others", "action": "Deny", "from": [{"namespaces": others}]}])
        add("quiet-development", "Baseline", 10, subject={"namespaces": label("stage", "dev")}, egress=[
            {"name": "outside", "action": "Deny", "to": [{"networks": ["0.0.0.0/0"]}]}])


def label(key, value):
    """A selector of one label."""
    return {"matchLabels": {key: value}}


def tcp(port):
    """A port of TCP, by number or name."""
    return {"protocol": "TCP", "port": port}
