"""The history under a load that does not end: everything is there, once, and memory stays what it was."""

import json
import os
import subprocess
from pathlib import Path

import pytest

RECORDS = 200_000


def test_memory_stays_flat_and_every_record_is_there(tmp_path):
    program = Path(os.environ.get("SALLYPORT_TOOLS", "")) / "history-bench"
    if not program.exists():
        pytest.skip(f"{program} is not built")
    answer = subprocess.run(
        [program, "steady", tmp_path / "history", str(RECORDS)], capture_output=True, text=True, timeout=600, check=False)
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout.splitlines()[-1])
    assert told["sent"] == told["taken"] == RECORDS and told["dropped"] == 0 and told["problem"] == ""
    # 200 MB of lines go through. From the third tenth on what is held is what is being committed, and no more.
    resident = told["residentKB"]
    assert len(resident) >= 8
    assert max(resident[3:]) - resident[2] < 48 * 1024, resident
