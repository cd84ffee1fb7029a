"""The stand-in model server of examples/, as a process."""

import re
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[3] / "examples" / "stand-in" / "stand_in.py"


class StandIn:
    """Runs while the `with` block does; `port` says where."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        command = [sys.executable, "-u", str(PROGRAM), "--port", "0", *self.arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)\s*$", line)
        assert found, f"the stand-in said: {line!r}"
        self.port = int(found.group(1))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
