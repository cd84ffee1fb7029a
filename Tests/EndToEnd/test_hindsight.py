"""What history is for: other policies tried on what happened, policies made of it, promotions that are taken back, alarms."""

import hashlib
import hmac
import http.server
import json
import threading
import time

import httpx
import pytest

from harness import keys, objects
from harness.gateway import run
from harness.hub_process import ask, records, wait_for
from harness.ports import free_port

CHAT = "/v1/chat/completions"


def policy(name="policy", staged=False, **to):
    """An AccessPolicy for alice."""
    made = objects.policy(name=name, to=[{"methods": ["POST"], **to}])
    if staged:
        made["metadata"].setdefault("annotations", {})["sallyport.dev/enforcement"] = "staged"
    return made


def prefix(path):
    return [{"type": "PathPrefix", "value": path}]


class House:
    """A gateway with a hub, and how its objects are made."""

    def __init__(self, make_gateway, standin, *arguments):
        self.gateway = make_gateway("hindsight", arguments=["--console", f"127.0.0.1:{free_port()}", *arguments])
        self.key, self.upstream = keys.new_key(), standin.port

    def furnish(self, folder, *policies, **key):
        folder.mkdir(parents=True, exist_ok=True)
        objects.write(folder / "base.yaml", objects.gateway_class(), objects.gateway(objects.listener(self.gateway.port)),
                      objects.route(), objects.backend("model", self.upstream, server="vllm"),
                      objects.access_key("alice", self.key, **key))
        for made in policies:
            objects.write(folder / f"{made['metadata']['name']}.yaml", made)
        return folder

    def start(self, *policies, **key):
        self.furnish(self.gateway.objects, *policies, **key)
        self.gateway.start()
        return self

    def call(self, path=CHAT, model="stand-in"):
        answer = httpx.post(self.gateway.url + path, json={"model": model, "messages": []}, headers={"x-api-key": self.key})
        return answer.status_code


@pytest.fixture
def house(make_gateway, standin):
    return House(make_gateway, standin)


def test_other_policies_are_tried_on_what_happened(house, tmp_path):
    house.start(policy(paths=prefix("/v1")))
    assert [house.call() for _ in range(3)] == [200] * 3 and house.call("/api/pull") == 403
    state = house.gateway.state
    assert len(wait_for(state, 4)) == 4
    same = ask(state, "replay", "--policies", house.gateway.objects, "-o", "json")
    assert same.returncode == 0, same
    assert json.loads(same.stdout)["same"] == 4

    tighter = house.furnish(tmp_path / "tighter", policy(paths=prefix("/v1/models")))
    answer = ask(state, "replay", "--policies", tighter, "-o", "json")
    found = json.loads(answer.stdout)
    assert answer.returncode == 1 and found["newlyDenied"] == 3 and found["newlyAllowed"] == 0, answer
    [group] = [group for group in found["groups"] if group["outcome"] == "newly_denied"]
    assert group["attempts"] == 3 and "alice" in group["who"], group
    text = ask(state, "replay", "--policies", tighter, "--since", "7d")
    assert text.returncode == 1 and "3 newly denied" in text.stdout and "alice" in text.stdout, text
    assert ask(state, "replay", "--policies", tighter, "--fail-on", "never").returncode == 0
    assert ask(state, "replay", "--policies", tmp_path / "nothing").returncode in (65, 66, 74)


def test_policies_are_made_of_what_was_seen(house, tmp_path):
    house.start(policy())
    for _ in range(5):
        assert house.call() == 200
    state = house.gateway.state
    assert len(wait_for(state, 5)) == 5
    answer = ask(state, "recommend", "--policies", house.gateway.objects)
    assert answer.returncode == 0 and "kind: AccessPolicy" in answer.stdout, answer
    assert "sallyport.dev/enforcement: staged" in answer.stdout and "stand-in" in answer.stdout
    found = json.loads(ask(state, "recommend", "--policies", house.gateway.objects, "-o", "json").stdout)
    assert all(entry["confidence"] == "low" for entry in found), "five minutes are not much"

    enforced = ask(state, "recommend", "--policies", house.gateway.objects, "--enforced").stdout
    folder = house.furnish(tmp_path / "seen")
    (folder / "seen.yaml").write_text(enforced)
    valid = run("validate", folder)
    assert valid.returncode == 0, valid.stdout + valid.stderr
    replayed = json.loads(ask(state, "replay", "--policies", folder, "-o", "json").stdout)
    assert replayed["same"] == 5 and replayed["newlyDenied"] == 0, replayed
    unused = ask(state, "recommend", "--policies", house.gateway.objects, "--unused")
    assert unused.returncode == 0 and "Looked at 5 records" in unused.stdout, unused


@pytest.mark.parametrize("harmful", [True, False])
def test_a_promotion_that_does_harm_is_taken_back(house, harmful):
    # The staged policy was written after what happened: nothing foretold what it denies.
    house.start(policy("open", paths=prefix("/v1")))
    for _ in range(5):
        assert house.call() == 200
    state = house.gateway.state
    assert len(wait_for(state, 5)) == 5
    next_one = policy("next", staged=True, paths=prefix("/v1/models" if harmful else "/v1"))
    # The older of two policies on one target is in force; the next one takes its place.
    (house.gateway.objects / "open.yaml").unlink()
    objects.write(house.gateway.objects / "next.yaml", next_one)
    done = threading.Event()

    def go_on():
        while not done.is_set():
            house.call()
            time.sleep(0.1)

    traffic = threading.Thread(target=go_on)
    traffic.start()
    try:
        answer = ask(state, "promote", "AccessPolicy", "ai/next", "--dir", house.gateway.objects, "--watch", "15s",
                     "--most", "3", "--since", "1h", timeout=120)
    finally:
        done.set()
        traffic.join()
    text = (house.gateway.objects / "next.yaml").read_text()
    if harmful:
        assert answer.returncode == 1 and "staged again" in answer.stderr and "alice" in answer.stderr, answer
        assert "staged" in text
    else:
        assert answer.returncode == 0 and "stays in force" in answer.stdout, answer
        assert "enforced" in text and "staged" not in text


def test_what_cannot_be_promoted_says_why(house, tmp_path):
    folder = house.furnish(tmp_path / "objects", policy())
    assert ask(tmp_path, "promote", "AccessPolicy", "ai/none", "--dir", folder).returncode == 65
    assert ask(tmp_path, "promote", "AccessPolicy", "ai/policy", "--dir", folder, "--watch", "soon").returncode == 64


class Listener:
    """Takes what is posted."""

    def __init__(self):
        self.heard = heard = []
        self.signed = signed = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                heard.append(json.loads(body))
                signed.append((self.headers["sallyport-signature"], body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/alarms"


def test_a_key_from_where_it_is_not_bound_raises_an_alarm(make_gateway, standin, tmp_path):
    listener = Listener()
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef0123\n")
    house = House(make_gateway, standin, "--webhook", "http://127.0.0.1:9/gone", "--webhook", listener.url,
                  "--webhook-secret", str(secret))
    house.start(policy(paths=prefix("/v1")), networks=["192.0.2.0/24"])
    for _ in range(20):
        assert house.call() == 401
    state = house.gateway.state
    alarms = wait_for(state, 1, "point=hub")
    deadline = time.monotonic() + 20
    while not listener.heard and time.monotonic() < deadline:
        time.sleep(0.1)
    listener.server.shutdown()
    # One, however often it happens.
    assert len(alarms) == 1 and len(listener.heard) == 1
    assert alarms[0]["alarm"] == listener.heard[0]["alarm"]
    assert alarms[0]["alarm"]["severity"] == "critical" and "alice" in alarms[0]["alarm"]["subject"]
    evidence = alarms[0]["alarm"]["evidence"]
    assert records(state, f"id={evidence}")[0]["suspected_theft"] is True
    # Who takes it can tell that it is ours, and of now.
    signature, body = listener.signed[0]
    seconds, code = (part.split("=")[1] for part in signature.split(","))
    assert abs(int(seconds) - time.time()) < 300
    assert code == hmac.new(b"0123456789abcdef0123", seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
