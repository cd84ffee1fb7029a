"""A node for the agent: a network namespace of its own, and the agent in it."""

import os
import random
import signal
import subprocess
import time

import pytest

from .gateway import BINARY

#: Tests of the kernel need what only root may do.
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces are made by root only")
#: A bound for waiting; a debug build on a busy machine is slow.
PATIENCE = 30


class Node:
    """A network namespace with `lo`; everything in it ends with it."""

    def __init__(self):
        self.name = f"sallyport-e2e-{random.getrandbits(32):08x}"
        self.agents = []

    def __enter__(self):
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for agent in self.agents:
            agent.kill()
        subprocess.run(["ip", "netns", "delete", self.name], check=True)

    def command(self, *words):
        """A command line that runs in the namespace."""
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def run(self, *words, check=True, stdin=None):
        """A program to its end."""
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, check=check, input=stdin, timeout=PATIENCE)

    def sallyport(self, *words):
        """Our program to its end, whatever that is."""
        return self.run(BINARY, *words, check=False)

    def verify(self, folder, *words):
        """What `agent --verify` says."""
        return self.sallyport("agent", "--manifests", folder, "--node", "one", "--records", "none", "--verify", *words)

    def rules(self):
        """All rules of the namespace."""
        return self.run("nft", "list", "ruleset").stdout

    def agent(self, folder, log, *words):
        """An agent that is running; it may not have done anything yet."""
        agent = Agent(self.command(
            BINARY, "agent", "--manifests", folder, "--node", "one", "--records", "none", *words), log)
        self.agents.append(agent)
        return agent


class Agent:
    """A running `sallyport agent`."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)

    @property
    def output(self):
        """Everything it printed."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text):
        """Return when it has printed this."""
        wait_until(lambda: text in self.output or self.process.poll() is not None, lambda: self.output)
        assert text in self.output, self.output

    def kill(self):
        """SIGKILL."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def wait_until(condition, what=lambda: ""):
    """Return when something is so; fail when it is not in time."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what()}"
        time.sleep(0.05)


# Objects

def cluster(policy="", pods=2):
    """The manifests of a node `one` with a pod `web`, and others on node `two`."""
    parts = [
        "{apiVersion: v1, kind: Node, metadata: {name: one}, spec: {podCIDRs: [10.9.1.0/24]}}",
        "{apiVersion: v1, kind: Node, metadata: {name: two}, spec: {podCIDRs: [10.9.2.0/23]}}",
        pod("web", "one", "10.9.1.1"),
        *(pod(f"client{number}", "two", f"10.9.{2 + number // 250}.{1 + number % 250}") for number in range(pods)),
    ]
    return "\n---\n".join([*parts, *([policy] if policy else [])]) + "\n"


def pod(name, node, address):
    """A running pod."""
    return (f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: ai, labels: {{app: {name}}}}}, "
            f"spec: {{nodeName: {node}, containers: [{{name: c, image: i, ports: [{{containerPort: 80}}]}}]}}, "
            f"status: {{phase: Running, podIP: {address}}}}}")


def only_from(*apps, port=80):
    """A policy that lets these call `web`."""
    peers = ", ".join(f"{{podSelector: {{matchLabels: {{app: {app}}}}}}}" for app in apps)
    return ("{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: ai}, "
            "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], "
            f"ingress: [{{from: [{peers}], ports: [{{port: {port}}}]}}]}}}}")


def write(folder, text):
    """The manifests of a directory, in one step."""
    folder.mkdir(exist_ok=True)
    fresh = folder / ".all.yaml"
    fresh.write_text(text)
    os.replace(fresh, folder / "all.yaml")
    return folder
