"""A real Kubernetes on this machine, with one node in a network namespace of its own.

The program that SALLYPORT_CLUSTER names starts and ends it: `up --node`, `down --wipe`, `exec COMMAND...` (in the namespace,
with KUBECONFIG set), `kubeconfig`, `image TAR`. Its state is in CLUSTER_HOME, where `bin`, `root`, `tools` and `images` are what
it built before.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import yaml

PROGRAM = os.environ.get("SALLYPORT_CLUSTER", "")
BUILT = Path(os.environ.get("CLUSTER_HOME") or Path.home() / ".cache" / "test-cluster")


def why_not():
    """Why there can be no cluster here; empty: there can."""
    if not PROGRAM:
        return "SALLYPORT_CLUSTER names no program that starts a Kubernetes"
    if os.geteuid() != 0:
        return "a node needs root"
    if not (BUILT / "built").exists():
        return f"{BUILT} holds no Kubernetes: `{PROGRAM} build` makes it"
    return ""


class Failed(AssertionError):
    """A command that did not end well, with what it said."""


class Kubernetes:
    """One cluster."""

    def __init__(self, home):
        self.home = Path(home)
        for folder in ("bin", "root", "tools"):
            (self.home / folder).symlink_to(BUILT / folder)
        shutil.copytree(BUILT / "images", self.home / "images")
        shutil.copy(BUILT / "built", self.home)
        self.environment = dict(os.environ, CLUSTER_HOME=str(self.home))

    def _program(self, *arguments, timeout=180, text=None):
        return subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, timeout=timeout, input=text,
                              stdin=subprocess.DEVNULL if text is None else None, capture_output=True, text=True)

    def up(self, **settings):
        """Start it, with the settings of its program as environment variables."""
        self.environment.update(settings)
        answer = self._program("up", "--node")
        if answer.returncode != 0:
            raise Failed(answer.stdout[-2000:] + answer.stderr[-2000:])
        return self

    def down(self, wipe=True):
        """End it."""
        self._program("down", *(["--wipe"] if wipe else []))

    @property
    def kubeconfig(self):
        """Path of the file that says where it is: an address inside the namespace."""
        return self._program("kubeconfig").stdout.strip()

    def start(self, *command, **options):
        """A command inside, running on."""
        return subprocess.Popen([PROGRAM, "exec", *map(str, command)], env=self.environment, stdin=subprocess.DEVNULL,
                                text=True, **options)

    def try_run(self, *command, text=None, timeout=120):
        """A command inside, whatever becomes of it."""
        return self._program("exec", *command, text=text, timeout=timeout)

    def run(self, *command, text=None, timeout=120):
        """What a command inside prints."""
        answer = self.try_run(*command, text=text, timeout=timeout)
        if answer.returncode != 0:
            raise Failed(f"{' '.join(map(str, command))}\n{answer.stdout[-3000:]}{answer.stderr[-3000:]}")
        return answer.stdout

    def kubectl(self, *arguments, text=None, timeout=60):
        """What kubectl prints."""
        return self.run("kubectl", *arguments, text=text, timeout=timeout)

    def apply(self, *objects, validate=True):
        """`kubectl apply` of objects: dictionaries, or text in YAML."""
        text = "\n---\n".join(o if isinstance(o, str) else yaml.safe_dump(o) for o in objects)
        return self.kubectl("apply", f"--validate={str(validate).lower()}", "-f", "-", text=text)

    def get(self, kind, name=None, namespace=None):
        """An object, or all of a kind; None: it is not there."""
        where = ["-n", namespace] if namespace else ["-A"] if name is None else []
        answer = self.try_run("kubectl", "get", kind, *([name] if name else []), *where, "-o", "json")
        if answer.returncode != 0:
            if "NotFound" in answer.stderr or "not found" in answer.stderr:
                return None
            raise Failed(answer.stderr)
        found = json.loads(answer.stdout)
        return found if name else found["items"]

    def condition(self, kind, name, namespace, type_, parent=None):
        """A condition of an object's status, or of one of its parents; None: it has none of that type."""
        found = self.get(kind, name, namespace) or {}
        status = found.get("status", {})
        lists = [p.get("conditions", []) for p in status.get("parents", []) + status.get("ancestors", [])]
        every = sum(lists, status.get("conditions", []))
        return next((c for c in every if c["type"] == type_), None)

    def wait(self, what, check, seconds=60, every=0.5):
        """The first answer of `check` that is something; an error of its last says why there was none."""
        deadline = time.monotonic() + seconds
        problem = None
        while time.monotonic() < deadline:
            try:
                found = check()
                if found:
                    return found
                problem = None
            except (Failed, AssertionError, KeyError, IndexError) as error:
                problem = error
            time.sleep(every)
        raise Failed(f"not within {seconds} s: {what}" + (f"\n{problem}" if problem else ""))

    def image(self, archive):
        """Take an image over from an archive."""
        answer = self._program("image", archive)
        if answer.returncode != 0:
            raise Failed(answer.stdout + answer.stderr)

    def pod_ready(self, namespace, selector, count=1, seconds=90):
        """Wait until so many pods are ready, and give them."""
        def ready():
            pods = json.loads(self.kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "json"))["items"]
            good = [p for p in pods if any(c["type"] == "Ready" and c["status"] == "True"
                                           for c in p.get("status", {}).get("conditions", []))]
            return good if len(good) >= count else None
        try:
            return self.wait(f"{count} pods {selector} in {namespace}", ready, seconds)
        except Failed as problem:
            raise Failed(f"{problem}\n{self.describe(namespace)}") from None

    def describe(self, namespace):
        """What can be said of the pods of a namespace."""
        pods = self.try_run("kubectl", "get", "pods", "-n", namespace, "-o", "wide").stdout
        events = self.try_run("kubectl", "get", "events", "-n", namespace, "--sort-by=.lastTimestamp").stdout
        logs = ""
        for line in pods.splitlines()[1:]:
            name = line.split()[0]
            logs += f"\n== {name}\n" + self.try_run("kubectl", "logs", "-n", namespace, name, "--tail=20").stdout
        return f"{pods}\n{events[-2500:]}{logs[-5000:]}"
