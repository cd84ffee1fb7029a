"""The explanations that netpol-analyzer expects: of each pair what is allowed, and the policies that say so."""

import re
from dataclasses import dataclass, field

from .table import INGRESS, dotted, side
from .traffic import ALL, Traffic, read


@dataclass
class Part:
    """Some traffic of one pair, and what is said of it."""

    source: object
    destination: object
    is_allowed: bool
    traffic: Traffic
    #: By "Egress" and "Ingress": `NetworkPolicy foo/allow-monitoring` of policies of which a rule allows or denies; of
    #: those that select the side and have no rule for it where there are no others.
    policies: dict = field(default_factory=dict)


def parts(text):
    """All that an explanation says."""
    found, pair, by_default, part, way = [], None, False, None, None
    for line in text.splitlines():
        if line.startswith("# All Connections due to the system default"):
            by_default = True
        elif head := re.fullmatch(r"Connections between (.*) => (.*):", line):
            pair = side(head[1]), side(head[2])
        elif head := re.fullmatch(r"\t(Allowed|Denied) (.*?) due to the (following|system) .*", line):
            part = Part(*pair, head[1] == "Allowed", read(head[2]))
            found.append(part)
        elif head := re.match(r"\t\t(Egress|Ingress) \(", line):
            way = head[1]
        elif by_default and (row := re.fullmatch(r"(.*) => (.*)", line)):
            found.append(Part(side(row[1]), side(row[2]), True, ALL))
        elif named := re.search(r"(\w*NetworkPolicy) '(.*?)' (allows connections|denies connections|selects)", line):
            rules, isolating = part.policies.setdefault(way, (set(), set()))
            (isolating if named[3] == "selects" else rules).add(f"{named[1]} {named[2]}")
    return found


def queries(found, theirs_to_ours):
    """For each direction with policies: a query of `sallyport evaluate`, and the policies of which it must name one."""
    for part in found:
        sides = [_name(side_, theirs_to_ours) for side_ in (part.source, part.destination)]
        if None in sides or not part.traffic:
            continue
        protocol, port = part.traffic.first()
        query = {"from": sides[0], "to": sides[1], "protocol": protocol, "port": port}
        for way, (rules, isolating) in part.policies.items():
            yield query, way, rules or isolating


def _name(of_side, theirs_to_ours):
    if isinstance(of_side, tuple):
        return dotted(*of_side).partition("-")[0]
    return None if of_side == INGRESS else theirs_to_ours.get(of_side, of_side).partition("[")[0]
