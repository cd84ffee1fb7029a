"""A cluster on this machine: pods and nodes as network namespaces, with a state directory of its own."""

import contextlib
import os
import subprocess

from .gateway import BINARY
from .node import wait_until


class Lab:
    """`sallyport lab up` of a directory; everything in it ends with it."""

    def __init__(self, folder, home, name):
        self.name, self.folder = name, folder
        self.environment = os.environ | {"XDG_STATE_HOME": str(home)}
        self.running = []

    def sallyport(self, *words, timeout=60):
        """Our program to its end, whatever that is."""
        return subprocess.run(
            [BINARY, *map(str, words)], capture_output=True, text=True, env=self.environment, timeout=timeout, check=False)

    def inside(self, place, *words):
        """A command line that runs in a pod or on a node."""
        return [BINARY, "lab", "exec", place, "--name", self.name, "--", *map(str, words)]

    def run(self, place, *words):
        """A program in a pod or on a node, to its end."""
        return subprocess.run(
            self.inside(place, *words), capture_output=True, text=True, env=self.environment, timeout=60, check=False)

    def start(self, log, *command):
        """A program that goes on; returns its process."""
        with open(log, "ab") as output:
            self.running.append(subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment))
        return self.running[-1]

    def start_until(self, log, text, *command):
        """A program that goes on; returns when it has printed this."""
        process = self.start(log, *command)
        wait_until(lambda: text in log.read_text(errors="replace") or process.poll() is not None, log.read_text)
        assert text in log.read_text(errors="replace"), log.read_text(errors="replace")
        return process

    def __enter__(self):
        answer = self.sallyport("lab", "up", self.folder, "--name", self.name)
        assert answer.returncode == 0, answer.stderr
        return self

    def __exit__(self, *_):
        for process in self.running:
            process.terminate()
        for process in self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
        self.sallyport("lab", "down", "--name", self.name)
