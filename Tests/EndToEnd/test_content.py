"""Prompts and answers: nowhere, unless a policy has them stored; then encrypted, redacted, and shown to who may read them."""

import json

import httpx
import pytest

from harness import keys, objects
from harness.browser import CHROMIUM, Browser
from harness.certificates import Authority
from harness.hub_process import Hub, ask, records, wait_for
from harness.pages import login
from harness.ports import free_port

CHAT = "/v1/chat/completions"
PROMPT = "xylophone quartz, mail ann.lee@example.com about it"
CAPTURE = {"prompts": True, "answers": True}


def furnish(gateway, upstream_port, capture, *more):
    """A door that lets alice chat; what she says is stored as the policy says."""
    key = keys.new_key()
    policy = objects.policy(to=[{"classes": ["Inference"]}])
    if capture:
        policy["spec"]["rules"][0]["capture"] = capture
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.route(), objects.backend("model", upstream_port, server="vllm"), objects.access_key("alice", key), policy, *more)
    return key


def say(gateway, key, text=PROMPT, **more):
    """The answer of a chat, whole."""
    body = {"model": "stand-in", "messages": [{"role": "user", "content": text}], **more}
    answer = httpx.post(gateway.url + CHAT, json=body, headers={"x-api-key": key}, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer


def words_of(state):
    """Every byte of every file below."""
    return b"\n".join(path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file())


def packed(state):
    """Records in words: what lies packed in segments is not missed."""
    return json.dumps(records(state)).encode()


@pytest.fixture
def door(make_gateway, standin):
    """Starts a gateway with a hub in it."""
    def start(capture, *more, arguments=()):
        console = free_port()
        gateway = make_gateway("content", arguments=["--console", f"127.0.0.1:{console}", "--records", "-", *arguments])
        key = furnish(gateway, standin.port, capture, *more)
        gateway.console = f"http://127.0.0.1:{console}"
        return gateway.start(), key
    return start


def test_without_a_policy_no_byte_of_a_prompt_is_anywhere(door):
    gateway, key = door(None)
    for more in ({}, {"stream": True}):
        answer = say(gateway, key, **more)
        assert answer.text
    denied = httpx.post(gateway.url + CHAT, json={"model": "stand-in", "messages": [{"role": "user", "content": PROMPT}]})
    assert denied.status_code == 401
    assert len(wait_for(gateway.state, 3)) == 3
    before = packed(gateway.state)
    gateway.stop()
    everything = words_of(gateway.state) + before + gateway.output.encode()
    for word in (b"xylophone", b"quartz", b"ann.lee"):
        assert word not in everything
    assert not (gateway.state / "history" / "content.key").exists()
    assert not (gateway.state / "history" / "content.sqlite").exists()


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_policy_has_stored_is_shown_to_who_may_read_it(door, stream):
    reader, viewer = keys.new_key(), keys.new_key()
    gateway, key = door(
        CAPTURE, objects.access_key("reader", reader, console={"role": "Viewer", "content": True}),
        objects.access_key("viewer", viewer, console={"role": "Operator"}))
    answer = say(gateway, key, stream=stream)
    request = answer.headers["x-request-id"]
    wait_for(gateway.state, 1)
    url = f"{gateway.console}/api/v1/records/{request}/content"
    assert httpx.get(url).status_code == 401
    refused = httpx.get(url, headers={"authorization": f"Bearer {viewer}"})
    assert refused.status_code == 403 and refused.json()["code"] == "content_not_allowed"
    content = httpx.get(url, headers={"authorization": f"Bearer {reader}"})
    assert content.status_code == 200, content.text
    prompt = content.json()["prompt"]
    assert "xylophone quartz, mail [redacted email] about it" in prompt["text"]
    assert prompt["redactions"] == 1 and not prompt["isCut"]
    assert content.json()["answer"]["text"]

    # The same from the command line, and each look is a record.
    shown = ask(gateway.state, "record", request, "--content")
    assert shown.returncode != 0 and "may not read" in shown.stderr, "the link of the machine opens no prompts"
    looks = wait_for(gateway.state, 1, "alarm.name=content_read")
    assert [look["alarm"]["subject"] for look in looks] == ["ai/reader"]
    assert looks[0]["alarm"]["evidence"] == request

    before = packed(gateway.state)
    gateway.stop()
    everything = words_of(gateway.state) + before + gateway.output.encode()
    for word in (b"xylophone", b"quartz", b"ann.lee"):
        assert word not in everything
    assert (gateway.state / "history" / "content.key").stat().st_mode & 0o077 == 0


class Console:
    """What a page needs to know of a console."""

    def __init__(self, url, **keys_by_name):
        self.url, self.keys = url, keys_by_name


SHOW = "[...document.querySelectorAll('#detail button')].find(button => button.innerText === 'Show prompt and answer')"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_console_shows_them_when_asked_to(door, tmp_path):
    reader, viewer = keys.new_key(), keys.new_key()
    gateway, key = door(
        CAPTURE, objects.access_key("reader", reader, console={"role": "Viewer", "content": True}),
        objects.access_key("viewer", viewer, console={"role": "Operator"}))
    request = say(gateway, key).headers["x-request-id"]
    wait_for(gateway.state, 1)
    console = Console(gateway.console, reader=reader, viewer=viewer)
    with Browser(tmp_path) as browser:
        page = browser.page()
        page.look()
        # A button, so that nobody looks by chance: each look is a record.
        login(page, console, "reader", f"/records?id={request}")
        page.wait(SHOW)
        assert "xylophone" not in page.text("body")
        assert records(gateway.state, "alarm.name=content_read") == []
        page.run(f"{SHOW}.focus()")
        page.key("Enter")
        page.wait("document.querySelector('#detail pre.words')")
        shown = page.text("#detail")
        assert "xylophone quartz, mail [redacted email] about it" in shown and "1 place taken out" in shown
        assert len(wait_for(gateway.state, 1, "alarm.name=content_read")) == 1
        # Who may not read is offered nothing.
        page.call("Network.clearBrowserCookies")
        login(page, console, "viewer", f"/records?id={request}")
        page.wait("document.querySelector('#detail dl')")
        page.wait("performance.getEntriesByType('resource').some(one => one.name.endsWith('/api/v1/session'))")
        assert not page.run(f"Boolean({SHOW})")
        assert page.wrong == []


def test_they_come_to_a_hub_elsewhere(make_gateway, standin, tmp_path):
    authority, reader = Authority(tmp_path, "fleet"), keys.new_key()
    hub = Hub(tmp_path, authority, tmp_path / "objects")
    (tmp_path / "objects").mkdir()
    objects.write(
        tmp_path / "objects" / "keys.yaml",
        objects.access_key("reader", reader, console={"role": "Viewer", "content": True}))
    hub.start()
    try:
        certificate, private = authority.issue("gateway", "DNS:gateway-1")
        gateway = make_gateway("sender", arguments=[
            "--console", "none", "--send-to", f"127.0.0.1:{hub.port}", "--send-cert", str(certificate), "--send-key",
            str(private), "--send-ca", str(authority.chain)])
        key = furnish(gateway, standin.port, CAPTURE)
        gateway.start()
        request = say(gateway, key).headers["x-request-id"]
        hub.kill()
        later = say(gateway, key, "second xylophone").headers["x-request-id"]
        hub.start()
        wait_for(hub.state, 2)
        gateway.stop()
        for asked, words in ((request, "mail [redacted email]"), (later, "second xylophone")):
            content = httpx.get(
                f"{hub.url}/api/v1/records/{asked}/content", headers={"authorization": f"Bearer {reader}"})
            assert content.status_code == 200 and words in content.json()["prompt"]["text"], content.text
    finally:
        hub.stop()
    for state in (hub.state, gateway.state):
        assert b"xylophone" not in words_of(state)


def test_with_a_wrong_key_file_nothing_is_stored_and_it_is_said(door, tmp_path):
    wrong = tmp_path / "key"
    wrong.write_text("too short\n")
    gateway, key = door(CAPTURE, arguments=["--content-key", str(wrong)])
    say(gateway, key)
    gateway.stop()
    assert "it holds no key" in gateway.output
    assert b"xylophone" not in words_of(gateway.state)
