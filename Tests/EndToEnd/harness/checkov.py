"""checkov, in an environment of its own: it brings a hundred packages, some in other versions than the tests need."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
WANTED = Path(__file__).resolve().parents[1] / "requirements-checkov.txt"
HOME = PROJECT / ".build" / "checkov-venv"


def _installed():
    """Its program; installed when it is not there, or another version."""
    note = HOME / "installed.txt"
    if not note.exists() or note.read_text() != WANTED.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        subprocess.run([HOME / "bin" / "pip", "install", "-q", "--disable-pip-version-check", "-r", WANTED], check=True)
        note.write_text(WANTED.read_text())
    return HOME / "bin" / "checkov"


def failed(manifest):
    """Every check that fails, with the object: `("CKV_K8S_15", "Deployment.namespace.name")`."""
    answer = subprocess.run(
        [_installed(), "--file", manifest, "--framework", "kubernetes", "--output", "json", "--quiet", "--compact",
         "--skip-download"], capture_output=True, text=True, env={**os.environ, "LOG_LEVEL": "ERROR"})
    assert answer.returncode in (0, 1), answer.stderr
    report = json.loads(answer.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 300, "it has looked at hardly anything"
    return {(one["check_id"], one["resource"]) for one in report["results"]["failed_checks"]}
