"""The API server of a cluster, taken away and given back."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path


class ControlPlane:
    """What can happen to a cluster's API server."""

    #: The table that keeps a client at one address of the API server from it.
    CUT = "tests-cut"

    def __init__(self, cluster, api):
        self.cluster, self.api = cluster, api
        self.file = Path(cluster.home) / "state" / "pid" / "kube-apiserver"
        self.command = Path(f"/proc/{self.pid}/cmdline").read_text().rstrip("\0").split("\0")
        self.node = next(word.partition("=")[2] for word in self.command if word.startswith("--advertise-address="))

    @property
    def pid(self):
        """Its process."""
        return int(self.file.read_text().split()[0])

    def freeze(self):
        """It takes connections and says nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        """It goes on where it was."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self):
        """It is gone, as with the power."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def start(self):
        """It runs again, and is ready; what ends the cluster knows the new process."""
        log = open(self.file.parents[1] / "log" / "kube-apiserver.log", "a")
        process = self.cluster.start(*self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        birth = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()[19]
        self.file.write_text(f"{process.pid} {birth}\n")
        self.cluster.wait("the API server", lambda: self._is_ready() or process.poll() is not None, 90, 0.2)
        assert process.poll() is None, "the API server ended"

    def _is_ready(self):
        try:
            return self.api.request("GET", "/readyz", timeout=3)[0] == 200
        except OSError:
            return False

    def cut(self):
        """Who asks at the node's address gets no answer any more, in the middle of what he reads; others do."""
        table = self.CUT
        for chain in ("input", "output"):
            rules = (f"add table inet {table}; add chain inet {table} {chain} {{ type filter hook {chain} priority -300; }}; "
                     f"add rule inet {table} {chain} ip daddr {self.node} tcp dport 6443 drop; "
                     f"add rule inet {table} {chain} ip saddr {self.node} tcp sport 6443 drop")
            self.cluster.run("nft", rules)

    def bury(self, pids):
        """What these processes have open to it is dead without a word, for ever; what they open anew is not."""
        table, ports = self.CUT, self._ports(pids)
        assert ports, "they have nothing open"
        for chain in ("input", "output"):
            rules = f"add table inet {table}; add chain inet {table} {chain} {{ type filter hook {chain} priority -300; }}; "
            for port in ports:
                rules += (f"add rule inet {table} {chain} tcp sport {port} tcp dport 6443 drop; "
                          f"add rule inet {table} {chain} tcp dport {port} tcp sport 6443 drop; ")
            self.cluster.run("nft", rules)

    def _ports(self, pids):
        """Ports of what these processes have open to it."""
        lines = self.cluster.run("ss", "-Htnp", "state", "established", "dport", "=", ":6443").splitlines()
        return [line.split()[2].rpartition(":")[2] for line in lines if any(f"pid={pid}," in line for pid in pids)]

    def join(self):
        """The way is open again."""
        self.cluster.try_run("nft", "delete", "table", "inet", self.CUT)

    def compact(self):
        """The store forgets all versions but the newest."""
        ask = ("curl", "-s", "-f", "-X", "POST", "-d")
        state = json.loads(self.cluster.run(*ask, '{"key": "AA=="}', "http://127.0.0.1:2379/v3/kv/range"))
        revision = state["header"]["revision"]
        self.cluster.run(*ask, json.dumps({"revision": revision, "physical": True}),
                         "http://127.0.0.1:2379/v3/kv/compaction")
        return int(revision)
