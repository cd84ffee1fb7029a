"""Free TCP ports of loopback."""

import os
import socket
from pathlib import Path

_given = set()


def free_port():
    """A port that nobody listens on now, outside the range that the kernel gives to clients.

    The process number spreads runs that happen at the same time.
    """
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    first = 10_000 + os.getpid() * 37 % max(1, low - 12_000)
    for port in [*range(first, low), *range(2_000, first)]:
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise OSError("no free TCP port on 127.0.0.1")
