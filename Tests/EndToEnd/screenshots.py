"""Pictures of the console for the documentation: `scripts/screenshots.sh`, not part of the tests.

The example of `make up` with the policies of `examples/policies` beside it, a few callers more, and some minutes of requests,
because a chart of one minute shows nothing. SALLYPORT_SCREENSHOTS is the directory that the pictures go to.
"""

import os
import pathlib
import random
import shutil
import subprocess
import time

import httpx
import pytest

from harness import keys, objects
from harness.browser import CHROMIUM, Browser
from harness.gateway import run
from harness.hub_process import records
from harness.pages import CALM
from harness.ports import free_port

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
SIZE_LIMIT = 200_000
MINUTES = float(os.environ.get("SALLYPORT_SCREENSHOT_MINUTES", "6"))
TEAM = {"ana": "ana@example.com", "ben": "ben@example.com", "nightly": "research@example.com"}
QUESTION = "What does the guide say about what to do when the lights of the harbour are out and the tide is high? " * 12
#: A second policy, which is only watched: long answers are for people alone.
STAGED = """
apiVersion: sallyport.dev/v1alpha1
kind: AccessPolicy
metadata:
  name: people-only
  namespace: ai
  annotations: {sallyport.dev/enforcement: staged}
spec:
  targetRefs:
  - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: model-server}
  rules:
  - name: people
    from:
    - accessKeys: {names: [ana, ben]}
    to:
    - classes: [Inference, Metadata]
      models: [stand-in]
"""


class Example:
    """The example, which runs, and those who call it."""

    def __init__(self, gateway, standin):
        self.gateway, self.console = gateway, f"http://127.0.0.1:{free_port()}"
        gateway.arguments += ["--console", self.console.removeprefix("http://")]
        for path in [*(EXAMPLES / "quickstart").glob("*.yaml"), *(EXAMPLES / "policies").glob("*.yaml")]:
            text = path.read_text().replace("port: 8443", f"port: {gateway.port}") if path.name == "gateway.yaml" else path.read_text()
            text = text.replace("port: 11500", f"port: {standin.port}")
            (gateway.objects / path.name).write_text(text)
        (gateway.objects / "staged.yaml").write_text(STAGED)
        self.keys = {name: self._key(name, owner, "team=demo") for name, owner in TEAM.items()}
        self.keys["guest"] = self._key("guest", "guest@example.com", "team=visitors")

    def _key(self, name, owner, labels):
        made = run("keys", "create", name, "--namespace", "ai", "--owner", owner, "--labels", labels, "--dir",
                   self.gateway.objects)
        return made.stdout.strip()

    def send(self, path, body, key):
        headers = {"authorization": f"Bearer {self.keys[key]}"} if key else {}
        return httpx.post(self.gateway.url + path, json=body, headers=headers, timeout=30)

    def ask(self, key, model="stand-in", words=1.0):
        text = QUESTION[:int(len(QUESTION) * words)]
        return self.send("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}]}, key)

    def minutes(self, count):
        """Requests as they come in a day, in less time."""
        chance = random.Random(7)
        # Charts have a step for each minute: the last one is to be nearly whole.
        end = time.monotonic() + count * 60 - time.time() % 60 + 50
        while time.monotonic() < end:
            self.ask(chance.choices(list(TEAM), [5, 3, 4])[0], words=chance.uniform(0.1, 1))
            match chance.randrange(24):
                case 0: self.ask("ana", "llama3.2:1b")
                case 1: self.send("/api/pull", {"model": "stand-in"}, "ben")
                case 2: self.ask("guest")
                case 3: self.ask(None)
                case 4: self.send("/api/delete", {"model": "stand-in"}, "nightly")
            time.sleep(chance.uniform(0.2, 1.6))


@pytest.fixture(scope="module")
def example(make_gateway, standin):
    example = Example(make_gateway("example", threads=1), standin)
    example.gateway.start()
    example.minutes(MINUTES)
    return example


def shrink(path):
    """Few colours do, where the program for it is there."""
    if program := shutil.which("pngquant"):
        subprocess.run([program, "--force", "--strip", "--skip-if-larger", "--ext", ".png", "--quality", "80-98", str(path)], check=False)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.timeout(int(MINUTES * 60) + 300)
def test_pictures(example, tmp_path):
    pictures = pathlib.Path(os.environ["SALLYPORT_SCREENSHOTS"]).absolute()
    pictures.mkdir(parents=True, exist_ok=True)
    time_shown = f"from=-{max(2, int(MINUTES))}m"
    denied = records(example.gateway.state, "reason=model_not_allowed", limit=1)[0]
    shown = {
        "overview": ("/", {}), "overview-dark": ("/", {"dark": True}),
        "records": (f"/records?id={denied['id']}&", {}), "map": ("/map", {}), "ai": ("/ai", {}), "policies": ("/policies", {}),
        "overview-phone": ("/", {"width": 390, "height": 844, "phone": True}),
    }
    with Browser(tmp_path) as browser:
        page = browser.page()
        page.look()
        page.open((example.gateway.state / "console-link").read_text().strip())
        page.wait(CALM)
        for name, (path, look) in shown.items():
            page.look(calm=True, **look)
            page.open(example.console + path + ("" if path.endswith("&") else "?") + time_shown)
            page.wait(CALM)
            prepare(page, name)
            page.picture(pictures / f"{name}.png")
            shrink(pictures / f"{name}.png")
            assert (pictures / f"{name}.png").stat().st_size < SIZE_LIMIT, name
        assert page.wrong == []


def prepare(page, name):
    """What is to be seen of a page."""
    if name == "records":
        page.wait("document.querySelector('#detail').innerText.includes('What would allow this')")
        page.run("document.activeElement.blur()")
    if name == "map":
        page.wait("document.querySelector('#map').dataset.settled")
    if name == "policies":
        page.run("document.querySelectorAll('details.item').forEach((one, index) => { one.open = index < 2; })")
