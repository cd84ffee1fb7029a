"""A node in three network namespaces: a caller, the node that forwards, and a server."""

import json
import os
import subprocess
import time
from pathlib import Path

from cluster import CALLER, PORTS, SERVER

IPERF, CONNECT = PORTS
# Everything that is measured runs on one core, before other work: what a packet costs is what there is less of.
CORE = max(os.sched_getaffinity(0))
MEASURED = ["taskset", "-c", str(CORE), "nice", "-n", "-20"]


def call(*words, **options):
    """Runs a program that must succeed; returns what it prints."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words[:6]))}: {done.stderr.strip()[-500:]}")
    return done.stdout


def processor_time(pid):
    """Seconds that a process had a processor for, threads that have ended included."""
    # The kernel's number for the clock of another process (clock_getcpuclockid).
    return time.clock_gettime(~pid << 3 | 2)


def helper_of_core():
    """The kernel's thread that takes packets on the core when they are many."""
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text(encoding="utf-8").strip() == f"ksoftirqd/{CORE}":
                return int(path.parent.name)
        except OSError:
            continue
    raise RuntimeError("no ksoftirqd")


class Node:
    """The namespaces, and what runs in them."""

    def __init__(self, name, tool):
        self.tool, self.processes = tool, []
        self.spaces = {part: f"sbf{os.getpid()}-{name}-{part}" for part in ("node", "caller", "server")}
        self.reader = None

    def inside(self, part, *words):
        """A command in one of the namespaces."""
        return ["ip", "netns", "exec", self.spaces[part], *map(str, words)]

    def make(self):
        """Namespaces, wired as networks for pods do it: routed, an address each."""
        for space in self.spaces.values():
            call("ip", "netns", "add", space)
            call("ip", "-n", space, "link", "set", "lo", "up")
        call(*self.inside("node", "sysctl", "-qw", "net.ipv4.ip_forward=1"))
        call("ip", "-n", self.spaces["node"], "addr", "add", "169.254.1.1/32", "dev", "lo")
        for part, address in (("caller", CALLER), ("server", SERVER)):
            self.wire(part, address)
        return self

    def wire(self, part, address):
        """A pod's cable."""
        space, node, cable = self.spaces[part], self.spaces["node"], f"lab-{part}"
        call("ip", "link", "add", cable, "netns", node, "type", "veth", "peer", "name", "eth0", "netns", space)
        call("ip", "-n", node, "link", "set", cable, "up")
        call("ip", "-n", node, "route", "add", f"{address}/32", "dev", cable)
        call("ip", "-n", space, "link", "set", "eth0", "up")
        call("ip", "-n", space, "addr", "add", f"{address}/32", "dev", "eth0")
        call("ip", "-n", space, "route", "add", "169.254.1.1", "dev", "eth0", "scope", "link")
        call("ip", "-n", space, "route", "add", "default", "via", "169.254.1.1")
        call(*self.inside(part, "sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535"))

    def serve(self):
        """Starts what answers."""
        self.server = self.start(*self.inside("server", *MEASURED, self.tool, "serve", CONNECT))
        self.start(*self.inside("server", *MEASURED, "iperf3", "-s", "-p", IPERF, "--forceflush"), until="listening")

    def watch(self, cluster, group, records):
        """Starts the agent, which installs the rules and puts every connection on the record."""
        Path(records).mkdir(exist_ok=True)
        self.reader = self.start(*self.inside("node", self.tool, "watch", cluster, "bench-node", group, records))

    def seen(self):
        """Ends the agent; returns what it counted."""
        self.reader.stdin.close()
        self.reader.wait(timeout=60)
        return json.loads(self.reader.stdout.read())

    def flood(self, seconds):
        """Sends what policies deny as fast as all cores can, while somebody else opens connections."""
        start, before = time.monotonic(), processor_time(self.reader.pid)
        cores = sorted(os.sched_getaffinity(0))
        senders = []
        try:
            for place, core in enumerate(cores):
                # None goes before the agent, as no pod does.
                words = self.inside("caller", "taskset", "-c", core, self.tool, "flood", SERVER, seconds, place, len(cores))
                senders.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
            time.sleep(seconds / 3)
            others = json.loads(call(*self.inside("caller", self.tool, "connect", SERVER, CONNECT, seconds / 3)))
            sent = [json.loads(sender.communicate()[0]) for sender in senders]
        finally:
            for sender in senders:
                sender.kill()
                sender.wait()
        cpu = (processor_time(self.reader.pid) - before) / (time.monotonic() - start)
        # What it has not read yet, it reads now.
        time.sleep(3)
        seen = self.seen()
        # All that came to the rules is one of these.
        denied = sum(seen[name] for name in ("shown", "repeats", "unseen", "lost")) - others["connections"]
        return {"senders": len(senders), "rate": denied / max(one["seconds"] for one in sent), "denied": denied,
                "sent": sum(one["sent"] for one in sent), "failed": sum(one["failed"] for one in sent),
                "cpu": cpu, "others": others["connections"], "refused": others["failures"], **seen}

    def start(self, *words, until="ready"):
        """Starts a program and waits until it says that it is ready."""
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.processes.append(process)
        for line in process.stdout:
            if until in line:
                return process
        raise RuntimeError(f"{' '.join(words[4:])} ended early")

    def connections(self, seconds, helper):
        """Opens connections for some time."""
        watched = [self.server.pid, helper]
        before = sum(map(processor_time, watched))
        read = processor_time(self.reader.pid) if self.reader else 0
        text = call(*self.inside("caller", *MEASURED, self.tool, "connect", SERVER, CONNECT, seconds))
        result = json.loads(text)
        if result["failures"] or not result["connections"]:
            raise RuntimeError(f"{self.spaces['node']}: connections fail: {text}")
        cpu = result["cpu_seconds"] + sum(map(processor_time, watched)) - before
        count = result["connections"]
        time.sleep(0.05)
        reading = (processor_time(self.reader.pid) - read) / count * 1e6 if self.reader else 0
        return {"connections": count / result["seconds"], "per_cpu": count / cpu, "reading": reading}

    def throughput(self, seconds):
        """One stream of bytes for some time."""
        # Others than reno wait for a clock.
        text = call(*self.inside("caller", *MEASURED, "iperf3", "-c", SERVER, "-p", IPERF, "-C", "reno", "-J",
                                 # It knows whole seconds only.
                                 "-t", max(1, round(seconds))))
        end = json.loads(text)["end"]
        load = end["cpu_utilization_percent"]
        received = end["sum_received"]
        cpu = (load["host_total"] + load["remote_total"]) / 100 * received["seconds"]
        return {"gbit": received["bits_per_second"] / 1e9, "gbit_per_cpu": received["bytes"] * 8e-9 / cpu}

    def end(self):
        """Ends what was started, and takes the namespaces away."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
        for space in self.spaces.values():
            subprocess.run(["ip", "netns", "delete", space], stderr=subprocess.DEVNULL, check=False)
