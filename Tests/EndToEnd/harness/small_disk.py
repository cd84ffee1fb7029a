"""A disk of a few megabytes, in a folder: to be filled, and made room on again."""

import os
import subprocess
from pathlib import Path

import pytest


class SmallDisk:
    """A file system in memory on a folder, as long as it is open."""

    def __init__(self, folder, mebibytes=8):
        self.folder, self.size = Path(folder), mebibytes
        self._filler = self.folder / "filler"

    def __enter__(self):
        if os.geteuid() != 0:
            pytest.skip("only root may mount a small disk")
        self.folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}m,mode=0700", "tmpfs", str(self.folder)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        return self

    def __exit__(self, *_):
        # Whoever still has files open keeps them; nobody else sees them any more.
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @property
    def free(self):
        """Bytes that there is room for."""
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def fill(self):
        """Takes all the room there is."""
        with open(self._filler, "ab", buffering=0) as filler:
            while self.free:
                try:
                    filler.write(b"\0" * min(self.free or 1, 1 << 16))
                except OSError:
                    break
        assert self.free == 0

    def make_room(self):
        """Gives it back."""
        self._filler.unlink()
