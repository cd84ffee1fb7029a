"""Server processes of the benchmark: started on one core, measured from /proc, ended by their own id."""

import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

#: Open files that a proxy with 10,000 idle clients needs, when the system lets us have them.
WANTED_FILES = 65536


class Failed(Exception):
    """A server did not start, or a measurement cannot be trusted; the text says which and why."""


def raise_file_limit():
    """Lift the soft limit of open files as far as the system allows; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if os.geteuid() == 0 and hard < WANTED_FILES:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (WANTED_FILES, WANTED_FILES))
            return WANTED_FILES
        except (ValueError, OSError):
            pass
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    return max(soft, wanted)


def free_port():
    """A TCP port of loopback that nobody listens on now, outside the range that clients are given.

    The process number spreads runs that happen at the same time.
    """
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    first = 4_000 + os.getpid() * 53 % max(1, low - 6_000)
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
    raise Failed("no free TCP port on 127.0.0.1")


_given = set()


class Server:
    """One running server with all its child processes."""

    def __init__(self, name, argv, log, port, core=None):
        self.name, self.port, self.log = name, port, Path(log)
        #: Directory with the records of a gateway that must have counted tokens; None: it need not.
        self.metered = None
        #: How long it may take to start, in seconds.
        self.patience = 60
        if core is not None:
            argv = ["taskset", "-c", str(core)] + argv
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)

    def __enter__(self):
        try:
            self.wait_until_listening(self.patience)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_until_listening(self, seconds):
        """Return when the port takes connections; fail with the end of the log when the process is gone."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Failed(f"{self.name} does not listen on {self.port} after {seconds} s:\n{self.log_tail()}")

    def log_tail(self, count=15):
        """The last lines that the server printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def stop(self):
        """Ask it to end, then insist; only this process is signalled, and its group when it has to be killed."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def pids(self):
        """The process and its descendants."""
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in _list(f"/proc/{pid}/task"):
                waiting += [int(child) for child in _text(f"/proc/{pid}/task/{task}/children").split()]
        return found

    def cpu_seconds(self):
        """CPU time so far of all processes, user and system, that of ended threads and children included."""
        return sum(_cpu_seconds(pid) for pid in self.pids())

    def resident_bytes(self):
        """Resident memory; of several processes together, pages that they share are counted once."""
        pids = self.pids()
        if len(pids) == 1:
            return _kibibytes(f"/proc/{pids[0]}/status", "VmRSS:")
        return sum(_kibibytes(f"/proc/{pid}/smaps_rollup", "Pss:") for pid in pids)


def _cpu_seconds(pid):
    """What the kernel counts for the whole process, in its ticks of 10 ms: a thread that ends leaves its time there, which
    the sum of the living threads would lose. Children that have ended come with it."""
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _kibibytes(path, name):
    for line in _text(path).splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _list(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def _text(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""
