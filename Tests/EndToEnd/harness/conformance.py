"""The manifests of the Gateway API's conformance suite, and what `Tests/RoutingTests/Conformance` says is expected of them."""

import csv
import os
import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("SALLYPORT_CONFORMANCE") or PROJECT.parent / "shared" / "conformance") / "gateway-api"
TABLES = PROJECT / "Tests" / "RoutingTests" / "Conformance"
CLASS, CONTROLLER = "sallyport", "sallyport.dev/gateway"
INFRA = "gateway-conformance-infra"


def why_not():
    """Why there is nothing to apply; empty: there is."""
    return "" if (FOLDER / "TESTS.tsv").exists() else f"SALLYPORT_CONFORMANCE: {FOLDER} has no TESTS.tsv"


def tests():
    """Name of every test of the suite -> paths of its manifests."""
    with open(FOLDER / "TESTS.tsv", newline="") as file:
        return {row["name"]: row["manifest"].split(",") for row in csv.DictReader(file, delimiter="\t")}


def results():
    """Name -> result and explanation, of the table in `docs`."""
    text = (PROJECT / "docs" / "gateway-api-conformance.md").read_text()
    rows = re.findall(r"^\| (\w+) \| \w+ \| ([\w ]+) \| (.*) \|$", text, re.M)
    return {name: (result, why) for name, result, why in rows if name != "test"}


def expectations():
    """Name -> lines of expectations, of the Swift tests' tables; lines that end in a backslash are joined."""
    found = {}
    for path in sorted(TABLES.glob("*Expectations.swift")):
        text = path.read_text()
        text = re.sub(r'\\\(String\(repeating: "(\w)", count: (\d+)\)\)', lambda m: m[1] * int(m[2]), text)
        for name, many, one in re.findall(r'^    "(\w+)": (?:"""\n(.*?)\n    """|"([^\n]*)"),$', text, re.M | re.S):
            joined = re.sub(r"\\\n\s*", "", many) if many else one
            found[name] = [line.strip() for line in joined.splitlines()]
    return found


def objects(path, replaced=()):
    """The objects of a manifest, for our class."""
    text = (FOLDER / "conformance" / path).read_text()
    for old, new in (("{GATEWAY_CLASS_NAME}", CLASS), ("{GATEWAY_CONTROLLER_NAME}", CONTROLLER), *replaced):
        text = text.replace(old, new)
    return [thing for thing in yaml.safe_load_all(text) if thing]


def definitions():
    """Paths of the definitions of all kinds, experimental fields too: some of the tests are about those."""
    found = sorted((FOLDER / "config" / "crd" / "experimental").glob("gateway.networking.k8s.io_*.yaml"))
    return [path for path in found if "CustomResourceDefinition" in path.read_text()]


def default_lines(things):
    """What is expected of objects about which the table asks only where requests go: that all are in force."""
    lines = []
    for thing in things:
        name, namespace = thing["metadata"]["name"], thing["metadata"].get("namespace", INFRA)
        place = f"{namespace}//{name}"
        if thing["kind"] == "Gateway":
            lines.append(f"status Gateway {place} Accepted=True Programmed=True")
        elif thing["kind"] in ("HTTPRoute", "GRPCRoute"):
            lines.append(f"status {thing['kind']} {place} Accepted=True ResolvedRefs=True")
    return lines


class Checker:
    """Holds lines of expectations against the statuses of a cluster; `find(kind, namespace, name)` gives an object or None."""

    def __init__(self, find):
        self.find = find

    def problems(self, lines):
        """What does not hold."""
        return [p for line in lines for p in self._line(line)]

    def _line(self, line):
        words = line.split()
        if words[0] == "listener":
            name, listener = words[1].rsplit("/", 1)
            kind, _, name = name.rpartition(":")
            thing = self._object(kind or "Gateway", name)
            found = next((x for x in _status(thing).get("listeners", []) if x["name"] == listener), None)
            if found is None:
                return [f"{line}: the status has no such listener"]
            return self._listener(line, words[2:], found, thing)
        name, _, section = words[2].partition("@")
        thing = self._object(words[1], name)
        if thing is None:
            return [f"{line}: no such object"]
        sets = self._sets(thing, section)
        if not sets:
            return [f"{line}: no status"]
        if words[-1].startswith("sets="):
            attached = _status(thing).get("attachedListenerSets", 0)
            if f"sets={attached}" != words.pop():
                return [f"{line}: {attached} ListenerSets"]
        problems = [p for conditions in sets for p in _conditions(line, words[3:], conditions, thing)]
        wanted = len(thing["spec"].get("parentRefs", []))
        if not section and wanted and len(sets) != wanted:
            problems.append(f"{line}: {len(sets)} parents of {wanted}")
        return problems

    def _object(self, kind, name):
        if "//" in name:
            return self.find(kind, *name.split("//"))
        short, _, rest = name.rpartition("/")
        return self.find(kind, f"gateway-conformance-{short}-backend" if short else INFRA, rest)

    @staticmethod
    def _sets(thing, section):
        if thing["kind"] in ("Gateway", "GatewayClass", "ListenerSet"):
            return [_status(thing).get("conditions", [])]
        entries = _status(thing).get("parents", []) + _status(thing).get("ancestors", [])
        ours = [e for e in entries if e["controllerName"] == CONTROLLER]
        refs = [(e, e.get("parentRef") or e.get("ancestorRef")) for e in ours]
        return [e["conditions"] for e, ref in refs if not section or section in (ref.get("sectionName"), ref["kind"])]

    @staticmethod
    def _listener(line, words, found, thing):
        problems = []
        for word in words:
            key, _, value = word.partition("=")
            if key == "attached" and str(found["attachedRoutes"]) != value:
                problems.append(f"{line}: attached {found['attachedRoutes']}")
            elif key == "kinds" and ",".join(k["kind"] for k in found["supportedKinds"]) != value:
                problems.append(f"{line}: kinds {found['supportedKinds']}")
            elif key not in ("attached", "kinds", "clients"):  # what clients must show is no status
                problems += _conditions(line, [word], found["conditions"], thing)
        return problems


def _status(thing):
    return (thing or {}).get("status", {})


def _conditions(line, wanted, conditions, thing):
    problems = []
    for word in wanted:
        type_, _, value = word.partition("=")
        status, _, reason = value.partition("/")
        found = next((c for c in conditions if c["type"] == type_), None)
        if status == "absent":
            problems += [f"{line}: {found}"] if found else []
        elif not found or found["status"] != status or (reason and found["reason"] != reason):
            problems.append(f"{line}: {found or 'no ' + type_}")
        elif found.get("observedGeneration") != thing["metadata"]["generation"]:
            problems.append(f"{line}: of generation {found.get('observedGeneration')}, now {thing['metadata']['generation']}")
    return problems
