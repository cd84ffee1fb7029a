"""One running gateway: started, waited for, read, ended; and searched for secrets when it ends."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import keys
from .ports import free_port

BINARY = os.environ.get("SALLYPORT_BIN", "")
#: Time to be ready. Only a bound: a debug build on a busy machine is slow.
READY_SECONDS = 30
#: The front door needs no right of the kernel's: as root it is started without any, as it is in a pod.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 and shutil.which("setpriv") else []


class Gateway:
    """`sallyport up` on a directory of objects below `home`, with its own state and admin port."""

    def __init__(self, home, *arguments, plaintext=True, threads=2):
        self.home = Path(home)
        self.objects = self.home / "objects"
        self.state = self.home / "state"
        self.log = self.home / "gateway.log"
        self.objects.mkdir(parents=True, exist_ok=True)
        self.port, self.tls_port, self.admin = free_port(), free_port(), free_port()
        self.arguments = [*arguments, *(["--plaintext"] if plaintext else []), "--threads", str(threads)]
        #: What stands after `up`; the objects unless a test asks for something else, such as --protect.
        self.source = [str(self.objects)]
        self.process = None
        #: Key texts that may be printed, because printing them is the point (the first start of --protect).
        self.may_be_shown = set()

    # Life

    def start(self):
        """Start it and return when it says that it is ready."""
        rights = [] if "--node" in self.arguments else WITHOUT_RIGHTS
        command = [*rights, BINARY, "up", *self.source, "--state", str(self.state), "--admin", f"127.0.0.1:{self.admin}",
                   *self.arguments]
        # Only tests of the hub need one.
        if not any(str(argument).startswith("--console") for argument in self.arguments):
            command += ["--console", "none"]
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.wait_ready()
        return self

    def wait_ready(self):
        """Return when `/readyz` answers 200; fail when the process is gone or time is up."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.last_words}")
            if self.admin_status("/readyz") == 200:
                return
            time.sleep(0.02)
        raise AssertionError(f"the gateway is not ready after {READY_SECONDS} s:\n{self.last_words}")

    def stop(self, seconds=45):
        """SIGTERM, and the exit code; then the search for secrets."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the gateway did not end {seconds} s after SIGTERM:\n{self.last_words}") from None
        self.search_for_secrets()
        return self.process.returncode

    def kill(self):
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    # What it says

    @property
    def output(self):
        """Everything it printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def last_words(self):
        """The end of what it printed, for messages."""
        return self.output[-3000:]

    def admin_get(self, path):
        """Body of an admin page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=5) as answer:
            return answer.read().decode()

    def admin_status(self, path):
        """Status of an admin page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def record_files(self):
        """The files of records, oldest first."""
        found = [path for path in self.state.rglob("*") if path.is_file() and path.name.startswith("records") and path.suffix == ".jsonl"]
        return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))

    def records(self):
        """All records; every line must be one JSON object."""
        return [json.loads(line) for path in self.record_files() for line in path.read_text().splitlines()]

    def wait_for_records(self, count, matching=lambda record: True):
        """The records that match, once there are at least so many of them."""
        deadline = time.monotonic() + 15
        while True:
            found = [record for record in self.records_so_far() if matching(record)]
            if len(found) >= count or time.monotonic() > deadline:
                assert len(found) >= count, f"{len(found)} records in place of {count}:\n{found}\n{self.last_words}"
                return found
            time.sleep(0.05)

    def records_so_far(self):
        """Records of a gateway that is writing: a last line without its end is not there yet."""
        found = []
        for path in self.record_files():
            whole, _, _ = path.read_text().rpartition("\n")
            found += [json.loads(line) for line in whole.splitlines()]
        return found

    def resident_bytes(self):
        """Resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"the gateway is gone:\n{self.last_words}")

    def search_for_secrets(self):
        """No key of this run may stand in what was printed or kept."""
        files = [self.log, *(path for path in self.state.rglob("*") if path.is_file())]
        for path in files:
            content = path.read_bytes()
            # All begin alike: where that is not, none is, however many records and keys there are.
            begun = {begin for begin in {key[:3] for key in keys.ISSUED} if begin.encode() in content}
            for key in {key for key in keys.ISSUED if key[:3] in begun} - self.may_be_shown:
                assert key.encode() not in content, f"{path} holds the access key {key}"

    # How to reach it

    @property
    def url(self):
        """Base URL of the plaintext listener."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        """Base URL of the TLS listener."""
        return f"https://localhost:{self.tls_port}"

    @property
    def authority(self):
        """Path of the local authority's certificate."""
        found = [path for path in self.state.rglob("*.pem") if _is_authority(path)]
        assert len(found) == 1, f"one certificate of the local authority is expected in {self.state}: {found}"
        return found[0]

    def tls_context(self, *protocols):
        """Trusts the local authority and nothing else; offers those ALPN protocols."""
        context = ssl.create_default_context(cafile=str(self.authority))
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


def _is_authority(path):
    text = path.read_text(errors="replace")
    return "BEGIN CERTIFICATE" in text and "PRIVATE KEY" not in text and "ca" in path.stem.lower()


def run(*arguments, stdin=None, timeout=30):
    """The command once; a completed process with text."""
    return subprocess.run(
        [BINARY, *map(str, arguments)], capture_output=True, text=True, input=stdin, timeout=timeout, check=False)
