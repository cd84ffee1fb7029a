"""The answers that netpol-analyzer expects: which there are, and what is in them."""

import csv
import json
import re
from dataclasses import dataclass, field

from ..catalogue import MATERIAL
from .table import Table, side
from .traffic import NONE, read

HOME = MATERIAL / "netpol-analyzer"


@dataclass
class Case:
    """One expected answer."""

    file: str
    kind: str
    format: str
    folder: str = ""
    old: str = ""
    new: str = ""
    flags: str = ""

    @property
    def name(self):
        """What the lists of this project call it."""
        return self.file.removeprefix("expected/")

    @property
    def text(self):
        """The expected answer."""
        return (HOME / self.file).read_text()


def cases():
    """All that the index names; none when the material is not there."""
    index = HOME / "index.json"
    if not index.is_file():
        return []
    return [Case(entry["file"], entry["kind"], entry["format"], entry.get("dir") or "", entry.get("oldDir") or "",
                 entry.get("newDir") or "", entry.get("flags") or "") for entry in json.loads(index.read_text())]


@dataclass
class Answer:
    """Connections, and what a workload is exposed to: rows of (workload, "in" or "out", peer, text of the traffic)."""

    table: Table = field(default_factory=Table)
    exposure: list = field(default_factory=list)


def answer(case, permitted=None):
    """The answer of a case about one folder. `permitted` is the traffic of rows that name none."""
    found = {"txt": _lines, "csv": _cells, "json": _members}[case.format](case.text)
    result, exposing = Answer(), False
    for source, destination, traffic, way in found:
        exposing = exposing or way is not None
        if not exposing:
            result.table.add(side(source), side(destination), permitted if traffic is None else read(traffic))
        elif way == "out":
            result.exposure.append((source, "out", destination, traffic))
        else:
            result.exposure.append((destination, "in", source, traffic))
    return result


def _lines(text):
    way, exposing = None, False
    for line in text.splitlines():
        exposing = exposing or line.startswith("Exposure Analysis Result")
        found = re.fullmatch(r"(.*?)\s+(=>|<=)\s+(.*?)( : (.*))?", line)
        if not found:
            continue
        one, arrow, other, traffic = found[1], found[2], found[3], found[5]
        way = None if not exposing else "out" if arrow == "=>" else "in"
        yield (one, other, traffic, way) if arrow == "=>" else (other, one, traffic, way)


def _cells(text):
    way, is_turned, exposing = None, False, False
    for row in csv.reader(text.splitlines()):
        first = row[0] if row else ""
        if first in ("src", "dst"):
            is_turned = first == "dst"
        elif first.startswith("Exposure Analysis Result"):
            exposing = True
        elif first in ("Egress Exposure:", "Ingress Exposure:"):
            way = "out" if first.startswith("Egress") else "in"
        elif len(row) >= 2 and row[1]:
            one, other = (row[1], row[0]) if is_turned else row[:2]
            yield one, other, row[2] if len(row) > 2 else None, way if exposing else None


def _members(text):
    found = json.loads(text) or []
    if isinstance(found, list):
        found = {"connlist_results": found, "exposure_results": {}}
    exposure = next((value for key, value in found.items() if key.startswith("exposure")), None) or {}
    for key, value in found.items():
        if key.startswith("connlist"):
            yield from ((row["src"], row["dst"], row.get("conn"), None) for row in value or [])
    for key, value in exposure.items():
        way = "out" if key.startswith("egress") else "in" if key.startswith("ingress") else None
        if way:
            yield from ((row["src"], row["dst"], row.get("conn"), way) for row in value or [])


def change(case):
    """The answer of a case about two folders: what was and what is, of pairs for which something changed."""
    was, now = Table(), Table()
    rows = _changed_lines(case.text) if case.format == "txt" else _changed_cells(case.text)
    for source, destination, old, new in rows:
        was.add(side(source), side(destination), read(old))
        now.add(side(source), side(destination), read(new))
    return was, now


def _changed_lines(text):
    pattern = r"diff-type: \w+, source: (.*?), destination: (.*?), (?:ref1|dir1|old): (.*), (?:ref2|dir2|new): (.*?)"
    for line in text.splitlines():
        found = re.fullmatch(pattern + r"(, workloads-diff-info: .*)?", line)
        if found:
            yield found[1], found[2], found[3], found[4]
        else:
            assert not line.startswith("diff-type"), line


def _changed_cells(text):
    for row in csv.reader(text.splitlines()):
        if row and row[0] != "diff-type":
            yield row[1], row[2], row[3], row[4]


class Focus:
    """What the flags of a case ask of the whole answer."""

    def __init__(self, flags, workloads):
        #: "allow", "deny" or "": which connections an explanation is about.
        self.verdict = ""
        #: The traffic that is asked for; None when all.
        self.traffic = None
        self.way = ""
        words = [word for word in flags.split("_") if word]
        if words and words[-1] == "explain":
            words.pop()
        if words and words[-1] in ("allow", "deny"):
            self.verdict = words.pop()
        if words and re.fullmatch(r"(tcp|udp|sctp)-\d+", words[-1]):
            self.traffic = read(words.pop().upper().replace("-", " "))
        focused = words[:2] == ["focus", "workload"]
        words = words[2:] if focused else words
        words, peers = _split(words, "with")
        if words and words[-1] in ("ingress", "egress"):
            self.way = words.pop()
        self.workloads = _named(words, workloads) if focused else None
        self.peers = _named(peers, workloads) if peers else None

    def keep(self, source, destination, traffic):
        """The part of a row that is asked for."""
        found = traffic if self.traffic is None else traffic & self.traffic
        if self.workloads is None:
            return found
        goes = source in self.workloads and (self.peers is None or destination in self.peers)
        comes = destination in self.workloads and (self.peers is None or source in self.peers)
        is_kept = {"": goes or comes, "egress": goes, "ingress": comes}[self.way]
        return found if is_kept else NONE

    def wants(self, workload, way):
        """True when the exposure of the workload in that direction is asked for."""
        named = self.workloads is None or workload in self.workloads
        return named and self.peers is None and self.way in ("", "egress" if way == "out" else "ingress")


def _split(words, at):
    return (words[:words.index(at)], words[words.index(at) + 1:]) if at in words else (words, [])


def _named(words, workloads):
    """Workloads by name, or by namespace and name."""
    found = set()
    for index, word in enumerate(words):
        with_namespace = f"{words[index - 1]}/{word}" if index else None
        for workload in workloads:
            whole = workload.partition("[")[0]
            if with_namespace == whole or whole.partition("/")[2] == word or workload == "{" + word + "}":
                found.add(workload)
    return found
