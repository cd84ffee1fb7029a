"""Who can reach whom on what: between workloads, and between workloads and ranges of addresses outside."""

import ipaddress
import re

from .traffic import NONE

#: What stands for every object that lets requests in.
INGRESS = "{ingress-controller}"
_IPV6 = 1 << 32
_LAST = _IPV6 + (1 << 128) - 1
#: All that is not IPv4.
ALL_IPV6 = (_IPV6, _LAST)


class Table:
    """Connections, in the one form in which answers are compared."""

    def __init__(self, has_own=False):
        #: True: connections between pods of one workload count too.
        self.has_own = has_own
        #: Traffic by (from, to), names of workloads.
        self.pairs = {}
        #: Parts of [first, last, traffic] by (workload, "in" or "out"). Numbers of IPv6 come after those of IPv4.
        self.outside = {}

    def add(self, source, destination, traffic):
        """Add what one row says; a side is the name of a workload or a pair of numbers, the ends of a range."""
        if not traffic or (source == destination and not self.has_own):
            return
        if isinstance(source, tuple):
            self.outside.setdefault((destination, "in"), []).append([*source, traffic])
        elif isinstance(destination, tuple):
            self.outside.setdefault((source, "out"), []).append([*destination, traffic])
        else:
            self.pairs[source, destination] = self.pairs.get((source, destination), NONE) | traffic

    def rows(self):
        """All of it, one row a time: (from, to, traffic)."""
        for (source, destination), traffic in self.pairs.items():
            yield source, destination, traffic
        for (workload, way), parts in self.outside.items():
            for first, last, traffic in parts:
                yield ((first, last), workload, traffic) if way == "in" else (workload, (first, last), traffic)

    def filtered(self, keep):
        """Of each row what `keep(from, to, traffic)` gives: the traffic that is kept."""
        found = Table(self.has_own)
        for source, destination, traffic in self.rows():
            found.add(source, destination, keep(source, destination, traffic))
        return found

    def traffic_of(self, key, address):
        """What may pass between a workload and one address outside."""
        found = NONE
        for first, last, traffic in self.outside.get(key, ()):
            if first <= address <= last:
                found |= traffic
        return found

    def pieces(self, other, key, ignored):
        """The ranges of addresses in which neither table changes."""
        edges = {0, _LAST + 1}
        for first, last, *_ in [*self.outside.get(key, []), *other.outside.get(key, []), *ignored]:
            edges |= {first, last + 1}
        edges = sorted(edges)
        for first, end in zip(edges, edges[1:]):
            if not any(low <= first and end - 1 <= high for low, high in ignored):
                yield first, end - 1

    def differences(self, expected, ignored=()):
        """One line for each place where this one is not as expected; addresses of `ignored` are nobody's business."""
        found = []
        for pair in sorted(set(self.pairs) | set(expected.pairs)):
            ours, theirs = self.pairs.get(pair, NONE), expected.pairs.get(pair, NONE)
            if ours != theirs:
                found.append(f"{pair[0]} => {pair[1]}: {ours}, expected {theirs}")
        for key in sorted(set(self.outside) | set(expected.outside)):
            for first, last in self.pieces(expected, key, ignored):
                ours, theirs = self.traffic_of(key, first), expected.traffic_of(key, first)
                if ours != theirs:
                    found.append(f"{key[0]} {key[1]} {dotted(first, last)}: {ours}, expected {theirs}")
        return found


def address(text):
    """The number of an address."""
    parsed = ipaddress.ip_address(text)
    return int(parsed) + (0 if parsed.version == 4 else _IPV6)


def dotted(first, last):
    """A range as text."""
    return "-".join(str(ipaddress.IPv4Address(one) if one < _IPV6 else ipaddress.IPv6Address(one - _IPV6))
                    for one in (first, last))


def side(text):
    """A side as other analysers write it."""
    found = re.fullmatch(r"(\d+\.\d+\.\d+\.\d+)-(\d+\.\d+\.\d+\.\d+)(\[External\])?", text.strip())
    return (address(found[1]), address(found[2])) if found else text.strip()
