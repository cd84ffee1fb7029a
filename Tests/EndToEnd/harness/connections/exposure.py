"""What workloads are exposed to, asked by putting a pod of each sort beside them.

An exposure names pods that are not there: `entire-cluster`, or those of namespaces and with labels that a rule asks
for. For each such answer a pod is made that it is about and no other answer is, and what may pass between the workload
and that pod is what the answer must say.
"""

import itertools
import re

from .traffic import Traffic, read

WHOLE = "entire-cluster"
#: The namespace of pods that are about no namespace by name, and a value of labels that nobody asks for.
FRESH, OTHER = "fresh-namespace-of-the-copy", "value-of-nobody"
_FIRST_PORT = 40_001
_MARK = {"is-probe-of-the-copy": "yes"}
#: An exposure is about what the policies of the workload say, so those of the pods on the other side are set aside.
OPEN = {
    "apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": "AdminNetworkPolicy",
    "metadata": {"name": "open-probes-of-the-copy"},
    "spec": {
        "priority": 0, "subject": {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": _MARK}}},
        "ingress": [{"name": "all", "action": "Allow", "from": [{"namespaces": {}}]}],
        "egress": [{"name": "all", "action": "Allow", "to": [{"namespaces": {}}]}]}}


class Peer:
    """Pods that are not there, as netpol-analyzer names them."""

    def __init__(self, text):
        self.text = text
        namespace, _, pods = text.rpartition("/") if text != WHOLE else ("[all namespaces]", "", "[all pods]")
        fixed = not namespace.startswith("[")
        #: The name of the one namespace, or None.
        self.namespace = namespace if fixed else None
        self.of_namespace = [] if fixed or namespace == "[all namespaces]" else _requirements(namespace)
        self.of_pod = [] if pods == "[all pods]" else _requirements(pods)

    def holds(self, namespace, namespace_labels, labels):
        """True when it is about that pod."""
        return (self.namespace in (None, namespace) and all(test(namespace_labels) for _, _, test in self.of_namespace)
                and all(test(labels) for _, _, test in self.of_pod))


def _requirements(text):
    """[(key, values, test of labels)]"""
    inner, found = re.search(r"with \{(.*)\}\]$", text)[1], []
    for key, operator, values in re.findall(r"\{Key:([^,]*),Operator:(\w+),Values:\[(.*?)\],\}", inner):
        found.append((key, values.split(), _test(key, operator, values.split())))
    for pair in re.sub(r"\{Key:.*?,\}", "", inner).split(","):
        if "=" in pair:
            key, _, value = pair.partition("=")
            found.append((key, [value], _test(key, "In", [value])))
    return found


def _test(key, operator, values):
    return {
        "In": lambda labels: labels.get(key) in values,
        "NotIn": lambda labels: labels.get(key) not in values,
        "Exists": lambda labels: key in labels,
        "DoesNotExist": lambda labels: key not in labels,
    }[operator]


class Probe:
    """A pod that answers of one sort are about."""

    def __init__(self, number, namespace, namespace_labels, labels):
        self.number, self.namespace, self.namespace_labels, self.labels = number, namespace, namespace_labels, labels

    @property
    def name(self):
        """What our answer calls it."""
        return f"{self.namespace}/probe-{self.number}[Pod]"

    def objects(self, namespaces, ports):
        """The pod, and its namespace where that is not there."""
        if self.namespace not in namespaces:
            yield {"apiVersion": "v1", "kind": "Namespace",
                   "metadata": {"name": self.namespace, "labels": self.namespace_labels}}
        yield {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": f"probe-{self.number}", "namespace": self.namespace, "labels": self.labels | _MARK},
               "spec": {"containers": [{"name": "probe", "image": "probe", "ports": [
                   {"name": name, "containerPort": port} for name, port in ports.items()]}]}}


class Questions:
    """The probes for all answers of a case, and what is expected between workloads and them."""

    def __init__(self, rows, workloads, namespaces, wants):
        self._namespaces, self._ports = namespaces, {}
        self._probes = {}
        #: [(workload, "in" or "out", probe, traffic, text of the peer)]
        self.expected = []
        by_place = {}
        for workload, way, peer, text in rows:
            if not re.match(r"\d+\.", peer):
                by_place.setdefault((workload, way), {})[peer] = self.traffic(text)
        for workload in sorted(workloads):
            for way in ("in", "out"):
                if wants(workload, way):
                    self._ask(workload, way, by_place.pop((workload, way), {}))
        assert not by_place, f"exposure of workloads that are not there: {sorted(by_place)}"

    def traffic(self, text):
        """The traffic of a text; each name of a port becomes a port of the probes."""
        return read(text, lambda _, name: Traffic.one("TCP", self._port(name)))

    def _port(self, name):
        return self._ports.setdefault(name, _FIRST_PORT + len(self._ports))

    def _ask(self, workload, way, answers):
        peers = {text: Peer(text) for text in answers}
        whole = answers.pop(WHOLE, None)
        for text, traffic in [(WHOLE, whole or Traffic()), *answers.items()]:
            others = [peer for name, peer in peers.items() if name not in (text, WHOLE)]
            probe = self._probe(Peer(text), others)
            # Where a pod of one sort cannot but be of another too, rules for either are about it.
            for other in others:
                if text != WHOLE and other.holds(probe.namespace, probe.namespace_labels, probe.labels):
                    traffic = traffic | answers[other.text]
            self.expected.append((workload, way, probe, traffic, text))

    def _probe(self, peer, others):
        """The pod that the peer is about and as few of the others as can be: some are about part of what others are."""
        fitting = [candidate for candidate in self._candidates(peer, others) if peer.holds(*candidate)]
        best = min(fitting, key=lambda candidate: sum(other.holds(*candidate) for other in others))
        namespace, namespace_labels, labels = best
        key = (namespace, tuple(sorted(namespace_labels.items())), tuple(sorted(labels.items())))
        if key not in self._probes:
            self._probes[key] = Probe(len(self._probes) + 1, namespace, namespace_labels, labels)
        return self._probes[key]

    def _candidates(self, peer, others):
        everyone = [peer, *others]
        for labels in _assignments([entry for one in everyone for entry in one.of_pod]):
            if peer.namespace in self._namespaces:
                yield peer.namespace, self._namespaces[peer.namespace], labels
                continue
            for asked in _assignments([entry for one in everyone for entry in one.of_namespace]):
                # Labels of a namespace are its own, so each set of them is a namespace.
                name = peer.namespace or "-".join([FRESH, *(f"{at}" for at in _numbers(asked))])
                yield name, asked | {"kubernetes.io/metadata.name": name}, labels

    def objects(self):
        """What is put beside the manifests."""
        found, known = [], set(self._namespaces)
        for probe in self._probes.values():
            found += probe.objects(known, self._ports)
            known.add(probe.namespace)
        return found


def _numbers(labels):
    return [sum(text.encode()) * 31 + len(text) for pair in sorted(labels.items()) for text in pair]


def _assignments(requirements):
    """Labels for every choice of: a key that is asked for is not there, has a value that is asked for, or another."""
    values = {}
    for key, asked, _ in requirements:
        values.setdefault(key, [None]).extend(value for value in [*asked, OTHER] if value not in values[key])
    keys = sorted(values)
    for choice in itertools.product(*(values[key] for key in keys)):
        yield {key: value for key, value in zip(keys, choice) if value is not None}
