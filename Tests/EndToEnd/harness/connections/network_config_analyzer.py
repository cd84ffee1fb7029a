"""The queries of network-config-analyzer, answered by what `sallyport connectivity` says of the manifests.

Its queries ask about sets of policies. What cannot be seen in who can reach whom is seen in a copy of the policies:
a policy selects somebody when it isolates somebody once its rules are taken out, and the peers of a rule are somebody
when the rule, given to everyone and without ports, lets anything pass.
"""

import copy
import itertools
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..catalogue import MATERIAL
from . import manifests, ours
from .table import ALL_IPV6, Table, side
from .traffic import NONE, read

HOME = MATERIAL / "network-config-analyzer"
_ONLINE = "https://github.com/np-guard/network-config-analyzer/"
_RAW = "https://raw.githubusercontent.com/np-guard/network-config-analyzer/master/tests/"
_TOPOLOGY = ("namespaceList", "podList", "resourceList")
_POLICIES = ("NetworkPolicy",)


@dataclass
class Query:
    """One query of a scheme."""

    scheme: Path
    name: str
    number: int
    kind: str
    configurations: list
    expected: int
    output: str

    @property
    def title(self):
        """What the lists of this project call it; names of queries are not unique."""
        return f"{self.scheme.name.removesuffix('-scheme.yaml')}/{self.number}-{self.name}"


def queries():
    """All queries of all schemes; a query may ask several questions."""
    found = []
    for scheme in sorted(HOME.rglob("*-scheme.yaml")):
        for number, entry in enumerate(yaml.safe_load(scheme.read_text()).get("queries") or [], 1):
            for kind, configurations in entry.items():
                if isinstance(configurations, list):
                    found.append(Query(scheme, entry["name"], number, kind, configurations, entry.get("expected"),
                                       entry.get("expectedOutput") or ""))
    return found


class Scheme:
    """A file of configurations and queries."""

    def __init__(self, path):
        self.path = path
        self.content = yaml.safe_load(path.read_text())

    def objects(self, name):
        """What is in a configuration, or in one policy of it: `configuration` or `configuration/namespace/policy`."""
        name, _, policy = name.partition("/")
        [entry] = [one for one in self.content["networkConfigList"] if one["name"] == name]
        topology = self._listed({key: entry.get(key, self.content.get(key)) for key in _TOPOLOGY})
        policies = []
        if "networkPolicyList" in entry:
            of_policies = (*_POLICIES, "Ingress")
            topology = [item for item in topology if item.get("kind") not in of_policies]
            listed = self._listed({"networkPolicyList": entry["networkPolicyList"]})
            policies = [item for item in listed if item.get("kind") in of_policies]
        together = _once([*topology, *policies])
        if policy:
            together = [item for item in together
                        if item.get("kind") not in _POLICIES or manifests.name_of(item) == policy]
        return together

    def _listed(self, entry):
        found = []
        for places in entry.values():
            for place in [places] if isinstance(places, str) else places or []:
                if place:
                    found += self._read(place)
        return found

    def _read(self, place):
        if place.startswith(_ONLINE):
            path = HOME / place.removeprefix(_ONLINE).partition("/master/tests/")[2]
        elif place.startswith(_RAW):
            path = HOME / place.removeprefix(_RAW)
        else:
            path = self.path.parent / place.removesuffix("**")
        if path.is_file():
            return manifests.documents_of(path)
        return manifests.documents(path, deep=place.endswith("**"))


def _once(found):
    """Without objects that are there twice, as when a folder is named for pods and for namespaces."""
    seen, result = set(), []
    for item in found:
        key = json.dumps(item, sort_keys=True, default=str)
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


class Analyser:
    """Answers queries; each set of objects is asked about once."""

    def __init__(self):
        self._tables = {}

    def connections(self, found, by_owner=False):
        """Who can reach whom, pod by pod, and the names of all workloads."""
        own = manifests.running(manifests.off_the_network_of_nodes(manifests.mended(found)))
        quiet = manifests.where_no_block_reaches(own if by_owner else manifests.without_owners(own), has_ipv6=True)
        text = json.dumps(quiet, default=str)
        if text not in self._tables:
            names = manifests.owners(own) if by_owner else {}
            with tempfile.TemporaryDirectory() as home:
                self._tables[text] = ours.connectivity(manifests.write(Path(home), quiet), names, has_own=True)
        return self._tables[text]

    def count(self, query):
        """The number that the query has for an answer."""
        scheme = Scheme(query.scheme)
        sets = [scheme.objects(name) for name in query.configurations]
        if query.output and query.kind == "connectivityMap":
            return self._differences(sets[0], _rows((query.scheme.parent / query.output).read_text()))
        return getattr(self, f"_{query.kind}")(sets)

    def _differences(self, found, expected):
        """How many pairs are not as an answer has it; an answer that is not written pair by pair says nothing."""
        table, _ = self.connections(found, by_owner=True)
        if not expected:
            return 0
        ignored = [(int(block[0]), int(block[-1])) for block in [manifests.QUIET]] + [ALL_IPV6]
        wanted = Table()
        for row in expected:
            wanted.add(*row)
        others = table.filtered(lambda one, other, traffic: NONE if one == other else traffic)
        return len(others.differences(wanted, ignored))

    def _connectivityMap(self, sets):
        for found in sets:
            self.connections(found)
        return 0

    def _equivalence(self, sets):
        return sum(self._differ(one, other) for one, other in itertools.combinations(sets, 2))

    def _differ(self, one, other):
        ignored = [(int(block[0]), int(block[-1])) for block in [manifests.QUIET]]
        return bool(self.connections(one)[0].differences(self.connections(other)[0], ignored))

    def _strongEquivalence(self, sets):
        found = 0
        for one, other in itertools.combinations(sets, 2):
            names = _policy_names(one)
            found += names != _policy_names(other) or any(
                self._differ(_only(one, name), _only(other, name)) for name in names)
        return found

    def _vacuity(self, sets):
        return sum(not self._differ(found, _only(found, None)) for found in sets)

    def _permits(self, sets):
        *implementations, specification = sets
        stated = self._stated(specification)
        return sum(_left(stated, self.connections(found)[0]) for found in implementations)

    def _forbids(self, sets):
        *implementations, specification = sets
        stated = self._stated(specification)
        return sum(_met(stated, self.connections(found)[0]) for found in implementations)

    def _stated(self, found):
        """Connections that rules allow: those of which one side is isolated."""
        isolated = self._isolated(found)
        def keep(source, destination, traffic):
            return traffic if (source, "out") in isolated or (destination, "in") in isolated else NONE
        return self.connections(found)[0].filtered(keep)

    def _isolated(self, found, by_owner=False):
        """(workload, way) that policies select."""
        table, workloads = self.connections([_silent(item) for item in found], by_owner)
        open_ways = {(source, "out") for source, destination, _ in table.rows() if isinstance(destination, tuple)} | {
            (destination, "in") for source, destination, _ in table.rows() if isinstance(source, tuple)}
        return {(workload, way) for workload in workloads for way in ("in", "out")} - open_ways

    def _allCaptured(self, sets):
        found = 0
        for one in sets:
            isolated, (_, workloads) = self._isolated(one, by_owner=True), self.connections(one, by_owner=True)
            found += 2 * len(workloads) - len(isolated)
        return found

    def _pairwiseInterferes(self, sets):
        return sum(self._interferes(one, other) for one, other in itertools.permutations(sets, 2))

    def _interferes(self, one, other):
        """The other allows, of what the first one is about, something that the first does not."""
        mine, theirs = self._isolated(one), self._isolated(other)
        both = mine & theirs
        def keep(source, destination, traffic):
            return traffic if (source, "out") in both or (destination, "in") in both else NONE
        return _left(self.connections(other)[0].filtered(keep), self.connections(one)[0])

    def _emptiness(self, sets):
        return sum(self._empty(found) for found in sets)

    def _empty(self, found):
        count, rest = 0, _only(found, None)
        for policy in (item for item in found if item.get("kind") in _POLICIES):
            if not self._isolated([*rest, policy]):
                count += 1
            for way in ("ingress", "egress"):
                for rule in (policy.get("spec") or {}).get(way) or []:
                    count += not self._has_peers(rest, policy, way, rule)
        return count

    def _has_peers(self, rest, policy, way, rule):
        peers = {key: value for key, value in (rule or {}).items() if key in ("from", "to")}
        alone = {"apiVersion": policy["apiVersion"], "kind": "NetworkPolicy", "metadata": policy["metadata"],
                 "spec": {"podSelector": {}, "policyTypes": [way.capitalize()], way: [peers]}}
        namespace = policy["metadata"].get("namespace") or "default"
        subject = {"apiVersion": "v1", "kind": "Pod",
                   "metadata": {"name": "subject-of-the-copy", "namespace": namespace},
                   "spec": {"containers": [{"name": "subject", "image": "subject"}]}}
        table, _ = self.connections([*rest, subject, alone])
        name = f"{namespace}/subject-of-the-copy[Pod]"
        return any((source if way == "egress" else destination) == name for source, destination, _ in table.rows())


def _rows(text):
    """`a/b[Kind] => 10.0.0.0-10.0.0.9 : {protocols:TCP,dst_ports:80}`, line by line."""
    found = []
    for line in text.splitlines():
        row = re.fullmatch(r"(\S+) => (\S+) : (.*)", line)
        # Pods that the analyser makes up for what manifests leave out.
        if row and "-livesim[" not in line:
            traffic = re.sub(r"\{protocols:(\w+)(,dst_ports:)?|\}", r"\1 ", row[3])
            found.append((side(row[1]), side(row[2]), read(traffic)))
    return found


def _policy_names(found):
    return {manifests.name_of(item) for item in found if item.get("kind") in _POLICIES}


def _only(found, name):
    """Of the policies that one; None: none of them."""
    return [item for item in found if item.get("kind") not in _POLICIES or manifests.name_of(item) == name]


def _silent(item):
    """A policy without its rules; it isolates what it did."""
    if item.get("kind") not in _POLICIES:
        return item
    item = copy.deepcopy(item)
    spec = item.get("spec") or {}
    spec["policyTypes"] = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    spec["ingress"], spec["egress"] = [], []
    item["spec"] = spec
    return item


def _left(one, other):
    """True when the first table has something that the other has not."""
    rest = Table(has_own=True)
    for pair, traffic in one.pairs.items():
        rest.add(*pair, traffic - other.pairs.get(pair, NONE))
    return bool(rest.pairs) or _outside(one, other, lambda mine, theirs: mine - theirs)


def _met(one, other):
    """True when something is in both tables."""
    return any(traffic & other.pairs.get(pair, NONE) for pair, traffic in one.pairs.items()) or _outside(
        one, other, lambda mine, theirs: mine & theirs)


def _outside(one, other, combine):
    quiet = [(int(manifests.QUIET[0]), int(manifests.QUIET[-1]))]
    return any(combine(one.traffic_of(key, first), other.traffic_of(key, first))
               for key in one.outside for first, _ in one.pieces(other, key, quiet))
