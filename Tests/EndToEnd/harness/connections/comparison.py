"""Runs our commands on the manifests of netpol-analyzer and says where the answers are not as expected."""

import functools
import tempfile
from pathlib import Path

from . import exposure, explain, manifests, netpol_analyzer, ours
from .table import ALL_IPV6, INGRESS, Table, side
from .traffic import NONE, read

#: Copies of the manifests in which a difference that is known cannot show.
ADJUSTMENTS = {
    "mended": manifests.mended, "routes": manifests.routes_as_ingresses, "ingress-ports": manifests.ingress_ports,
    "running": manifests.running, "blocks": manifests.where_no_block_reaches,
    "host-network": manifests.off_the_network_of_nodes}


class Folder:
    """A folder of manifests, as it is or adjusted."""

    def __init__(self, name, adjustments):
        self.path = netpol_analyzer.HOME / "tests" / name
        self.objects = manifests.documents(self.path)
        self.adjusted = bool(adjustments)
        self.owner_of = manifests.owners(self.objects)
        self.ignored = [ALL_IPV6, *manifests.inside_addresses(self.objects)]
        for adjustment in adjustments:
            self.objects = ADJUSTMENTS[adjustment](self.objects)
        if adjustments:
            self.ignored.append((int(manifests.QUIET[0]), int(manifests.QUIET[-1])))
            self._keep = tempfile.TemporaryDirectory()
            self.path = manifests.write(Path(self._keep.name), self.objects)

    @functools.cached_property
    def answer(self):
        """Our answer: the table and the names of the workloads."""
        return ours.connectivity(self.path, self.owner_of)

    @property
    def namespaces(self):
        """Labels by name, of namespaces that are there and of those that only have something in them."""
        found = {}
        for item in self.objects:
            metadata = item.get("metadata") or {}
            if item.get("kind") == "Namespace":
                found[metadata["name"]] = metadata.get("labels") or {}
            elif metadata.get("namespace"):
                found.setdefault(metadata["namespace"], {})
        return {name: labels | {"kubernetes.io/metadata.name": name} for name, labels in found.items()}


@functools.lru_cache(maxsize=None)
def folder(name, adjustments):
    """Each is read and asked once."""
    return Folder(name, adjustments)


def differences(case, adjustments=()):
    """One line for each place where our answer is not as expected; none when it is."""
    if case.kind == "diff":
        return _of_change(case, adjustments)
    if not case.folder:
        return ["the index names no manifests"]
    there = folder(case.folder, adjustments)
    table, workloads = there.answer
    focus = netpol_analyzer.Focus(case.flags, workloads | {INGRESS})
    if case.kind == "explain":
        return _of_explanation(case, there, table.filtered(focus.keep), focus)
    expected = netpol_analyzer.answer(case, focus.traffic)
    if case.flags.endswith("explain"):
        return _of_explanation(case, there, table.filtered(focus.keep), focus) + _of_exposure(
            case, there, workloads, focus, expected)
    found = table.filtered(focus.keep).differences(expected.table, there.ignored)
    return found + (_of_exposure(case, there, workloads, focus, expected) if case.kind == "exposure" else [])


def _of_change(case, adjustments):
    old, new = folder(case.old, adjustments), folder(case.new, adjustments)
    was, now = ours.difference(old.path, new.path, old.owner_of | new.owner_of)
    expected_was, expected_now = netpol_analyzer.change(case)
    ignored = old.ignored + new.ignored
    # What changed only in protocols that are not compared is no change.
    was, now = _changed(was, now)
    # What lets requests in is no part of our difference: it is the difference of our two answers.
    (was, now), (expected_was, expected_now) = (
        _with_ways_in((was, now), (old.answer[0], new.answer[0])),
        _with_ways_in((expected_was, expected_now), (expected_was, expected_now)))
    return [f"was: {line}" for line in was.differences(expected_was, ignored)] + [
        f"now: {line}" for line in now.differences(expected_now, ignored)]


def _with_ways_in(changes, answers):
    """Of what lets requests in, what one answer has and the other has not."""
    found = []
    for change, mine, other in zip(changes, answers, reversed(answers)):
        table = change.filtered(lambda source, destination, traffic: NONE if source == INGRESS else traffic)
        for pair, traffic in mine.pairs.items():
            if pair[0] == INGRESS:
                table.add(*pair, traffic - other.pairs.get(pair, NONE))
        found.append(table)
    return found


def _changed(was, now):
    def keep(other):
        return lambda source, destination, traffic: NONE if _same(other, source, destination, traffic) else traffic
    return was.filtered(keep(now)), now.filtered(keep(was))


def _same(other, source, destination, traffic):
    if isinstance(source, tuple):
        return [*source, traffic] in other.outside.get((destination, "in"), [])
    if isinstance(destination, tuple):
        return [*destination, traffic] in other.outside.get((source, "out"), [])
    return other.pairs.get((source, destination)) == traffic


def _of_exposure(case, there, workloads, focus, expected):
    rows = [row for row in expected.exposure if row[3] is not None]
    if focus.traffic is not None:
        rows = [(*row[:3], str(focus.traffic)) for row in expected.exposure]
    asked = exposure.Questions(rows, workloads, there.namespaces, focus.wants)
    with tempfile.TemporaryDirectory() as home:
        path = manifests.write(
            Path(home), manifests.after_one_that_is_first(there.objects, exposure.OPEN) + asked.objects())
        table, _ = ours.connectivity(path, there.owner_of)
    found = []
    for workload, way, probe, traffic, text in asked.expected:
        pair = (workload, probe.name) if way == "out" else (probe.name, workload)
        mine = table.pairs.get(pair, NONE)
        if focus.traffic is not None:
            mine &= focus.traffic
        if mine != traffic:
            found.append(f"{workload} {way} {text}: {mine}, expected {traffic}")
    return found + _outside_of_exposure(there, focus, expected)


def _outside_of_exposure(there, focus, expected):
    """The part of an exposure about addresses outside says again what the connections say, of some workloads."""
    stated = Table()
    for workload, way, peer, text in expected.exposure:
        ends = side(peer)
        if isinstance(ends, tuple):
            traffic = read(text) if text is not None else focus.traffic
            stated.add(*((workload, ends) if way == "out" else (ends, workload)), traffic)
    whole = Table()
    for key in stated.outside:
        whole.outside[key] = there.answer[0].outside.get(key, [])
    if focus.traffic is not None:
        whole = whole.filtered(lambda source, destination, traffic: traffic & focus.traffic)
    return [f"exposure: {line}" for line in whole.differences(stated, there.ignored)]


def _of_explanation(case, there, table, focus):
    parts, allowed = explain.parts(case.text), Table()
    for part in parts:
        if part.is_allowed:
            allowed.add(part.source, part.destination, part.traffic)
    if focus.verdict == "deny":
        found = [f"{one} => {other}: {traffic}, expected none" for one, other, traffic in allowed.rows()]
    else:
        found = table.differences(allowed, there.ignored)
    return found + _of_policies(there, parts)


def _of_policies(there, parts):
    """The policy that decides is one that the explanation names."""
    asked = list(explain.queries(parts, {theirs: ours_ for ours_, theirs in there.owner_of.items()}))
    answers = ours.evaluate(there.path, [query for query, _, _ in asked])
    assert len(answers) == len(asked)
    return [f"{query}: {way} decided by {answer.get(way.lower(), answer)}, expected one of {sorted(policies)}"
            for (query, way, policies), answer in zip(asked, answers)
            if answer.get(way.lower(), {}).get("policy") not in policies]
