"""Another version of the program that is tested: the same, but for the number that it calls itself by.

What an upgrade has to do is all there: other manifests, another image, pods of both versions side by side.
"""

import re
import subprocess
from pathlib import Path

from .gateway import BINARY


def number(binary=BINARY):
    """What a binary says it is."""
    return subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.split()[0]


def renumbered(folder, wanted):
    """A copy of the program with another number of the same length; its path."""
    now = number()
    assert len(now) == len(wanted) and now != wanted
    text = Path(BINARY).read_bytes()
    changed = re.sub(rb"(?<![0-9.])" + re.escape(now.encode()) + rb"(?![0-9.])", wanted.encode(), text)
    made = Path(folder) / f"sallyport-{wanted}"
    made.write_bytes(changed)
    made.chmod(0o755)
    assert number(made) == wanted, "the number is not where it was looked for"
    return made
