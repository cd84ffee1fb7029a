"""Traffic of TCP, UDP and SCTP as sets of ports, and its texts."""

import re

PROTOCOLS = ("TCP", "UDP", "SCTP")
#: Ports 1 to 65535 as bits.
_EVERY_PORT = (1 << 65536) - 2


class Traffic:
    """A set of (protocol, port). Other protocols are not in it: other analysers know these three."""

    __slots__ = ("ports",)

    def __init__(self, ports=(0, 0, 0)):
        self.ports = tuple(bits & _EVERY_PORT for bits in ports)

    @classmethod
    def one(cls, protocol, first, last=None):
        """A range of ports of one protocol; nothing of protocols that are not compared."""
        last = first if last is None else last
        bits = (1 << (last + 1)) - (1 << first)
        return cls(tuple(bits if protocol == name else 0 for name in PROTOCOLS))

    @classmethod
    def of_ports(cls, entries, is_all):
        """What our commands print: a list of protocols with ranges."""
        if is_all:
            return ALL
        found = NONE
        for entry in entries:
            if entry["protocol"] in PROTOCOLS:
                found |= cls.one(entry["protocol"], entry.get("first", 1), entry.get("last", entry.get("first", 65535)))
        return found

    def __or__(self, other):
        return Traffic(tuple(a | b for a, b in zip(self.ports, other.ports)))

    def __and__(self, other):
        return Traffic(tuple(a & b for a, b in zip(self.ports, other.ports)))

    def __sub__(self, other):
        return Traffic(tuple(a & ~b for a, b in zip(self.ports, other.ports)))

    def __eq__(self, other):
        return isinstance(other, Traffic) and self.ports == other.ports

    def __hash__(self):
        return hash(self.ports)

    def __bool__(self):
        return any(self.ports)

    def first(self):
        """One (protocol, port) of it."""
        for name, bits in zip(PROTOCOLS, self.ports):
            if bits:
                return name, (bits & -bits).bit_length() - 1
        return None

    def __str__(self):
        if self == ALL:
            return "All Connections"
        parts = [f"{name} {_ranges(bits)}" for name, bits in zip(PROTOCOLS, self.ports) if bits]
        return ",".join(parts) or "No Connections"

    __repr__ = __str__


ALL = Traffic((_EVERY_PORT,) * 3)
NONE = Traffic()


def _ranges(bits):
    found, at = [], 0
    while bits >> at:
        at += ((bits >> at) & -(bits >> at)).bit_length() - 1
        length = ((~(bits >> at)) & ((bits >> at) + 1)).bit_length() - 1
        found.append(f"{at}-{at + length - 1}" if length > 1 else f"{at}")
        at += length
    return ",".join(found)


def read(text, names=None):
    """`All Connections`, `No Connections`, `TCP 80,443,UDP 53`, `TCP http`, `TCP:[80,90], UDP, SCTP`.

    `names` gives the traffic of the names of ports.
    """
    text = text.strip()
    if text in ("All Connections", "All connections"):
        return ALL
    found = NONE
    if text in ("No Connections", "No connections", ""):
        return found
    protocol = None
    for word in re.findall(r"[^\s,;:\[\]]+", text):
        if word in PROTOCOLS:
            found |= _whole(protocol)
            protocol = [word, False]
        elif re.fullmatch(r"\d+(-\d+)?", word):
            first, _, last = word.partition("-")
            found |= Traffic.one(protocol[0], int(first), int(last or first))
            protocol[1] = True
        else:
            found |= names(protocol and protocol[0], word)
            protocol = protocol and [protocol[0], True]
    return found | _whole(protocol)


def of_text(text):
    """The traffic of a text of ours, `TCP 80,443; UDP; ICMP type 8`, without protocols that are not compared."""
    if text == "all":
        return ALL
    parts = [part.strip() for part in text.split(";")]
    return read(",".join(part for part in parts if part.split(" ")[0] in PROTOCOLS))


def _whole(protocol):
    """A protocol that was named without ports."""
    return Traffic.one(protocol[0], 1, 65535) if protocol and not protocol[1] else NONE
