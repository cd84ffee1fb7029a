"""`sallyport up --protect URL`: no files, one key, a line that can be pasted."""

import re
import subprocess
import sys

import httpx
import pytest

from harness import keys
from harness.gateway import run

KEY = re.compile(r"\bsp_[0-9A-Za-z]{49}\b")


@pytest.fixture
def protected(make_gateway, standin):
    """A gateway in front of the stand-in, made without a file."""
    gateway = make_gateway("protect", plaintext=False)
    gateway.source = ["--protect", f"http://127.0.0.1:{standin.port}", "--server", "ollama"]
    gateway.arguments += ["--listen", str(gateway.port)]
    return gateway


def key_shown(gateway):
    """The key that the first start prints; from then on it may stand in that log."""
    found = set(KEY.findall(gateway.output))
    assert len(found) == 1, gateway.output
    key = found.pop()
    gateway.may_be_shown.add(key)
    keys.ISSUED.add(key)
    return key


def pasted(output, first, until=""):
    """The block of commands that starts with a word, as a person would copy it."""
    lines = [line.strip() for line in output.splitlines()]
    start = next(index for index, line in enumerate(lines) if line.startswith(first))
    end = next((index for index in range(start, len(lines)) if lines[index] == until), len(lines))
    return "\n".join(lines[start:end])


def door_of(output):
    """Base URL of the front door."""
    return re.search(r"https?://[^\s'\"]+?:\d+", pasted(output, "curl ")).group(0)


def shell(gateway, script):
    """Run what was pasted; what it prints."""
    answer = subprocess.run(
        ["bash", "-euc", script], capture_output=True, text=True, timeout=60, check=False, cwd=gateway.home)
    assert answer.returncode == 0, f"{script}\n{answer.stdout}{answer.stderr}"
    return answer.stdout


def test_the_first_start(protected):
    protected.start()
    key = key_shown(protected)
    export, calls = pasted(protected.output, "export "), pasted(protected.output, "curl ")
    assert key in export
    printed = shell(protected, f"{export}\n{calls}")
    assert "stand-in" in printed and "answers" in printed, printed
    program = pasted(protected.output, "import ")
    printed = shell(protected, f"{export}\n{sys.executable} - <<'END'\n{program}\nEND")
    assert "stand-in" in printed, printed
    url = door_of(protected.output)
    with httpx.Client(base_url=url, verify=protected.tls_context(), headers={"x-api-key": key}) as client:
        for method, path in [("GET", "/api/tags"), ("GET", "/v1/models")]:
            assert client.request(method, path).status_code == 200, path
        for method, path in [
            ("POST", "/api/pull"), ("POST", "/api/create"), ("POST", "/api/copy"), ("DELETE", "/api/delete"),
            ("POST", "/api/push"), ("POST", "/api/blobs/sha256:0"), ("GET", "/debug/pprof"), ("GET", "/counters"),
        ]:
            assert client.request(method, path).status_code == 403, path
        assert client.get("/api/tags", headers={"x-api-key": "sp_wrong"}).status_code == 401

    first = protected.output
    assert protected.stop() == 0
    protected.start()
    again = protected.output.removeprefix(first)
    assert not KEY.findall(again), "the second start shows a key, or makes another"
    with httpx.Client(base_url=url, verify=protected.tls_context()) as client:
        assert client.get("/v1/models", headers={"x-api-key": key}).status_code == 200, "the key of the first start is lost"


def test_the_lines_for_anthropic(make_gateway, standin):
    gateway = make_gateway("anthropic", plaintext=False)
    gateway.source = ["--protect", f"http://127.0.0.1:{standin.port}", "--server", "anthropic"]
    gateway.arguments += ["--listen", str(gateway.port)]
    gateway.start()
    key_shown(gateway)
    program = pasted(gateway.output, "import ")
    printed = shell(gateway, f"{pasted(gateway.output, 'export ')}\n{sys.executable} - <<'END'\n{program}\nEND")
    assert "stand-in" in printed, printed


def test_write_keeps_the_objects(make_gateway, protected, tmp_path):
    kept = tmp_path / "kept"
    protected.arguments += ["--write", str(kept)]
    protected.start()
    key = key_shown(protected)
    assert protected.stop() == 0
    checked = run("validate", kept)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert key not in "".join(path.read_text() for path in kept.rglob("*") if path.is_file())
    again = make_gateway("kept", plaintext=False)
    again.source = [str(kept)]
    again.start()
    url = door_of(protected.output)
    with httpx.Client(base_url=url, verify=again.tls_context(), headers={"x-api-key": key}) as client:
        assert client.get("/v1/models").status_code == 200
        assert client.post("/api/pull").status_code == 403


@pytest.mark.parametrize("arguments", [
    ["--protect", "not a url"], ["--protect", "ftp://127.0.0.1:1"], ["--protect", "http://127.0.0.1:9", "--server", "nonsense"],
    [], ["/does/not/exist"], ["--protect", "http://127.0.0.1:9", "/tmp"],
])
def test_what_cannot_be_meant_is_explained(arguments, tmp_path):
    answer = run("up", *arguments, "--state", tmp_path, "--admin", "127.0.0.1:0")
    assert answer.returncode in (64, 65, 66), answer
    assert answer.stderr.strip() and "Fatal error" not in answer.stderr


def test_plaintext_is_for_loopback_only(tmp_path):
    answer = run("up", "--protect", "http://127.0.0.1:9", "--server", "ollama", "--plaintext", "--bind", "0.0.0.0",
                 "--state", tmp_path, "--admin", "127.0.0.1:0")
    assert answer.returncode == 64 and "loopback" in answer.stderr
