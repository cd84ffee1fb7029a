"""The explanations that netpol-analyzer expects: of a pair, what is allowed and denied, and the policies that say so."""

import re
from dataclasses import dataclass, field

from .table import side
from .traffic import ALL, Traffic, read


@dataclass
class Part:
    """Some traffic of one pair, and what is said of it."""

    source: object
    destination: object
    is_allowed: bool
    traffic: Traffic
    #: `NetworkPolicy foo/allow-monitoring` of policies that decide: a rule of theirs allows or denies.
    deciding: set = field(default_factory=set)
    #: Of policies that select a side and have no rule for it.
    isolating: set = field(default_factory=set)


def parts(text):
    """All that an explanation says."""
    found, pair, by_default, part = [], None, False, None
    for line in text.splitlines():
        if line.startswith("# All Connections due to the system default"):
            by_default = True
        elif head := re.fullmatch(r"Connections between (.*) => (.*):", line):
            pair = side(head[1]), side(head[2])
        elif head := re.fullmatch(r"\t(Allowed|Denied) (.*?) due to (the following policies and rules:|the system .*)", line):
            part = Part(*pair, head[1] == "Allowed", read(head[2]))
            found.append(part)
        elif by_default and (row := re.fullmatch(r"(.*) => (.*)", line)):
            found.append(Part(side(row[1]), side(row[2]), True, ALL))
        elif named := re.search(r"(\w*NetworkPolicy) '(.*?)' (allows connections|denies connections|selects)", line):
            _note(part, f"{named[1]} {named[2]}", named[3], line)
    return found


def _note(part, policy, verb, line):
    if verb != "selects":
        part.deciding.add(policy)
    elif "do not match" not in line:
        part.isolating.add(policy)
