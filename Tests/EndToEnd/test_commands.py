"""The command line as a person and as a script meet it: what it prints, and how it ends."""

import json
import re
import time

import httpx
import pytest

from harness import keys, objects
from harness.gateway import run
from harness.upstream import Upstream


def good(folder):
    """A directory without a mistake."""
    folder.mkdir(exist_ok=True)
    objects.write(
        folder / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(18080)), objects.route(),
        objects.backend("model", 18081), objects.access_key("alice", keys.new_key()), objects.policy())
    return folder


def bad(folder):
    """A directory with mistakes of several kinds, each at a known line."""
    folder.mkdir(exist_ok=True)
    (folder / "a.yaml").write_text("""apiVersion: sallyport.dev/v1alpha1
kind: AccessPolicy
metadata: {name: p, namespace: ai}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: front}]
  ruels: []
""")
    (folder / "b.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports: [{port: ninety}]\n")
    (folder / "c.yaml").write_text("a: [\n")
    return folder


def test_validate_a_good_directory(tmp_path):
    answer = run("validate", good(tmp_path / "objects"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "\x1b" not in answer.stdout + answer.stderr, "colours without a terminal"


def test_validate_lists_every_mistake(tmp_path):
    answer = run("validate", bad(tmp_path / "objects"))
    said = answer.stdout + answer.stderr
    assert answer.returncode == 65
    assert re.search(r"a\.yaml:6\b", said) and "ruels" in said
    assert re.search(r"b\.yaml:5\b", said) and "port" in said
    assert re.search(r"c\.yaml:\d", said)


def test_validate_as_json(tmp_path):
    answer = run("validate", bad(tmp_path / "objects"), "--output", "json")
    assert answer.returncode == 65 and "ruels" in json.dumps(json.loads(answer.stdout))
    answer = run("validate", good(tmp_path / "fine"), "--output", "json")
    assert answer.returncode == 0 and json.loads(answer.stdout) is not None


def test_validate_what_is_not_there(tmp_path):
    answer = run("validate", tmp_path / "missing")
    assert answer.returncode in (64, 65, 66) and "missing" in answer.stderr


@pytest.mark.parametrize("arguments", [["nonsense"], ["up", "--no-such-option"], ["validate"], ["keys", "destroy"],
                                       ["status", "--output", "poetry"]])
def test_misuse_is_64(arguments):
    answer = run(*arguments)
    assert answer.returncode == 64 and answer.stderr.strip()


@pytest.mark.parametrize("arguments", [[], ["up"], ["validate"], ["status"], ["keys"], ["keys", "create"], ["version"]])
def test_help_has_examples(arguments):
    answer = run(*arguments, "--help")
    assert answer.returncode == 0 and "USAGE" in answer.stdout.upper()
    if arguments and arguments != ["version"]:
        assert "sallyport " + arguments[0] in answer.stdout


def test_version():
    answer = run("version")
    assert answer.returncode == 0 and re.search(r"\d+\.\d+", answer.stdout)
    assert json.loads(run("version", "--output", "json").stdout)


def test_keys_from_making_to_revoking(tmp_path):
    folder = good(tmp_path / "objects")
    made = run("keys", "create", "carol", "--namespace", "ai", "--owner", "carol@example.com", "--output", "json", "--dir", folder)
    assert made.returncode == 0, made.stderr
    text = re.search(r"\bsp_[0-9A-Za-z]{49}\b", made.stdout).group(0)
    keys.ISSUED.add(text)
    assert json.loads(made.stdout)
    listed = run("keys", "list", "--output", "json", folder)
    assert listed.returncode == 0
    names = json.dumps(json.loads(listed.stdout))
    assert "carol" in names and "alice" in names and text not in names
    plain = run("keys", "list", folder)
    assert plain.returncode == 0 and "carol@example.com" in plain.stdout and text not in plain.stdout
    assert text not in "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    again = run("keys", "create", "carol", "--namespace", "ai", "--dir", folder)
    assert again.returncode not in (0, 1) and "carol" in again.stderr
    revoked = run("keys", "revoke", folder, "carol", "--namespace", "ai")
    assert revoked.returncode == 0, revoked.stderr
    assert run("validate", folder).returncode == 0
    assert "revoked" in run("keys", "list", folder).stdout.lower()
    missing = run("keys", "revoke", folder, "nobody", "--namespace", "ai")
    assert missing.returncode not in (0, 1) and "nobody" in missing.stderr


def test_a_made_key_opens_the_running_gateway(make_gateway):
    with Upstream() as upstream:
        gateway = make_gateway("made")
        objects.write(
            gateway.objects / "all.yaml",
            objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
            objects.backend("model", upstream.port), objects.policy(names=["carol"]))
        gateway.start()
        made = run("keys", "create", "carol", "--namespace", "ai", "--output", "json", "--dir", gateway.objects)
        text = re.search(r"\bsp_[0-9A-Za-z]{49}\b", made.stdout).group(0)
        keys.ISSUED.add(text)
        deadline = time.monotonic() + 15
        while httpx.get(gateway.url + "/v1/models", headers={"x-api-key": text}).status_code != 200:
            assert time.monotonic() < deadline, "the new key never opens"
            time.sleep(0.05)
        run("keys", "revoke", gateway.objects, "carol", "--namespace", "ai")
        while httpx.get(gateway.url + "/v1/models", headers={"x-api-key": text}).status_code != 401:
            assert time.monotonic() < deadline + 15, "the revoked key still opens"
            time.sleep(0.05)


def test_status_of_a_running_gateway(plain):
    answer = run("status", "--admin", f"127.0.0.1:{plain.gateway.admin}")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Programmed" in answer.stdout and "front" in answer.stdout
    told = json.loads(run("status", "--admin", f"127.0.0.1:{plain.gateway.admin}", "--output", "json").stdout)
    assert "Programmed" in json.dumps(told)


def test_status_when_nothing_runs():
    answer = run("status", "--admin", "127.0.0.1:1")
    assert answer.returncode not in (0, 64) and "127.0.0.1:1" in answer.stderr


def test_the_admin_pages(plain):
    gateway = plain.gateway
    assert gateway.admin_status("/healthz") == 200 and gateway.admin_status("/readyz") == 200
    metrics = gateway.admin_get("/metrics")
    assert "# TYPE" in metrics and plain.key not in metrics
    for line in metrics.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-zA-Z_:][\w:]*(\{.*\})? [-+.\deE]+(nan|inf)?( \d+)?", line), line
