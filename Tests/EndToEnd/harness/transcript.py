"""Commands with their output, as documents show them: kept true by running them."""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .gateway import BINARY

PROJECT = Path(__file__).resolve().parents[3]


@dataclass
class Transcript:
    """One block of a document: `$ sallyport ...` lines, each with what it printed."""

    document: Path
    #: Line of the document at which it begins, from 1.
    line: int
    expected: str

    @property
    def name(self):
        """The first command, for people."""
        return f"{self.document.name}:{self.line} {self.expected.splitlines()[0][2:60]}"

    def run(self):
        """The same block with what the commands print now, run where the project is."""
        result = []
        code = 0
        for command in re.findall(r"^\$ (.*(?:\\\n.*)*)$", self.expected, re.M):
            result.append(f"$ {command}")
            if command == "echo $?":
                result.append(str(code))
                continue
            answer = subprocess.run(
                ["bash", "-c", f"sallyport() {{ {shlex.quote(BINARY)} \"$@\"; }}\n{command}"], cwd=PROJECT, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
            code = answer.returncode
            result += answer.stdout.splitlines()
        text = "\n".join(result) + "\n"
        if os.environ.get("SALLYPORT_E2E_WRITE_DOCS") and text != self.expected:
            whole = self.document.read_text()
            self.document.write_text(whole.replace(f"```\n{self.expected}```", f"```\n{text}```"))
            return self.expected
        return text


def transcripts(document):
    """Every block of a document that begins with a command."""
    text = document.read_text()
    return [Transcript(document, text[:match.start()].count("\n") + 1, match.group(1))
            for match in re.finditer(r"^```\n(\$ .*?)```$", text, re.M | re.S)]
