"""A running hub: started, waited for, asked, ended or killed."""

import json
import signal
import subprocess
import time
from pathlib import Path

from .gateway import BINARY, READY_SECONDS, run
from .ports import free_port


def ask(state, *arguments, timeout=60):
    """A command about the hub of a state directory."""
    return run(*arguments, "--state", state, timeout=timeout)


def records(state, *filters, since="-1h", limit=10_000):
    """Records of the hub of a state directory, oldest first."""
    answer = ask(state, "flows", *filters, "--since", since, "--limit", str(limit), "-o", "json")
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def wait_for(state, count, *filters, seconds=30):
    """The records, once there are so many; what came by then when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        found = records(state, *filters)
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


class Hub:
    """`sallyport hub` with a state directory of its own."""

    def __init__(self, home, authority, objects):
        self.home, self.objects = Path(home), objects
        self.state, self.log = self.home / "hub-state", self.home / "hub.log"
        self.port, self.console = free_port(), free_port()
        self.certificate, self.key = authority.issue("hub", "IP:127.0.0.1,DNS:localhost", usage="serverAuth")
        self.authority, self.process = authority, None
        # Who vouches for sources, and more arguments.
        self.clients, self.more = authority.chain, []

    @property
    def url(self):
        """Of the console."""
        return f"http://127.0.0.1:{self.console}"

    def start(self):
        """Start it and return when its console answers."""
        command = [BINARY, "hub", "--listen", f"127.0.0.1:{self.port}", "--cert", self.certificate, "--key", self.key,
                   "--client-ca", self.clients, "--objects", self.objects, "--state", self.state,
                   "--console", f"127.0.0.1:{self.console}", *self.more]
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            if (self.state / "console-link").exists() and "Hub: records" in self.log.read_text():
                return self
            time.sleep(0.05)
        raise AssertionError(f"the hub is not ready:\n{self.log.read_text()}")

    def kill(self):
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
        (self.state / "console-link").unlink(missing_ok=True)
        self.log.write_text("")

    def stop(self):
        """SIGTERM, and the exit code."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(45)
        return self.process.returncode
