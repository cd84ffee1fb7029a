"""What processes use, and when the kernel took a change."""

import os
import socket
import threading
import time
from pathlib import Path

from harness.api_server import inside

NETLINK_NETFILTER, NFNLGRP_NFTABLES = 12, 7
SO_RCVBUFFORCE, SOL_NETLINK, NETLINK_NO_ENOBUFS = 33, 270, 5
TICK = os.sysconf("SC_CLK_TCK")


class Usage:
    """CPU and memory of processes by name."""

    def __init__(self, processes):
        self.processes = processes

    def cpu(self):
        """Seconds of CPU of each until now."""
        found = {}
        for name, pid in self.processes.items():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            found[name] = (int(fields[11]) + int(fields[12])) / TICK
        return found

    def memory(self):
        """Megabytes resident of each: now, and the most there ever were."""
        found = {}
        for name, pid in self.processes.items():
            lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
            found[name] = tuple(int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return found


class Phase:
    """CPU of processes during a part of the benchmark."""

    def __init__(self, usage, title):
        self.usage, self.title = usage, title

    def __enter__(self):
        self.begin, self.before = time.monotonic(), self.usage.cpu()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.begin
        after = self.usage.cpu()
        self.cpu = {name: after[name] - self.before[name] for name in after}
        self.memory = self.usage.memory()


class Kernel:
    """Messages by which the kernel tells of every change of its nftables in a namespace, with the time of each."""

    def __init__(self, namespace):
        self.socket = inside(namespace, self._open)
        self.waiting, self.lock = {}, threading.Lock()
        self.last = time.monotonic()
        threading.Thread(target=self._read, daemon=True).start()

    @staticmethod
    def _open():
        made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        made.setsockopt(SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)
        made.bind((0, 1 << (NFNLGRP_NFTABLES - 1)))
        return made

    def _read(self):
        while True:
            data = self.socket.recv(1 << 20)
            now = time.monotonic()
            with self.lock:
                self.last = now
                for address in [a for a in self.waiting if a in data]:
                    event, _ = self.waiting.pop(address)
                    event.append(now)

    def expect(self, address):
        """A list that gets the time at which this address is in a change."""
        event = []
        with self.lock:
            self.waiting[socket.inet_aton(address)] = (event, address)
        return event

    def quiet(self, seconds, limit=120):
        """Waits until nothing has changed for so long."""
        end = time.monotonic() + limit
        while time.monotonic() - self.last < seconds:
            if time.monotonic() > end:
                raise SystemExit("the kernel's rules do not come to rest")
            time.sleep(0.1)
