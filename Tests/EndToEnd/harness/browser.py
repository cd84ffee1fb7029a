"""A headless Chromium, driven by its own protocol: pages, keys, clicks, pictures, and whatever went wrong on them."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time

from websockets.sync.client import connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
KEYS = {
    "Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowDown": (40, ""), "ArrowUp": (38, ""),
    "ArrowLeft": (37, ""), "ArrowRight": (39, ""), "End": (35, ""), "Home": (36, ""), "PageDown": (34, ""), " ": (32, " "),
}


class Browser:
    """Begins with `with`, ends with it."""

    def __init__(self, profile, width=1440, height=900, zone=None):
        self.profile, self.size = profile, f"{width},{height}"
        #: The time zone that it is in; None: that of this machine.
        self.zone = zone

    def __enter__(self):
        command = [
            CHROMIUM, "--headless", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--ignore-certificate-errors", "--remote-debugging-port=0", f"--window-size={self.size}",
            f"--user-data-dir={self.profile}", "about:blank"]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        self.log = open(self.profile / "log", "wb")
        environment = {**os.environ, "TZ": self.zone} if self.zone else None
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, start_new_session=True, env=environment)
        told = self.profile / "DevToolsActivePort"
        for _ in range(600):
            if told.exists() and len(told.read_text().split()) == 2:
                break
            time.sleep(0.1)
        port, path = told.read_text().split()
        self.open = contextlib.ExitStack()
        self.socket = self.open.enter_context(connect(f"ws://127.0.0.1:{port}{path}", max_size=64 << 20))
        self.count, self.events, self.pages = 0, [], {}
        return self

    def __exit__(self, *_):
        self.open.close()
        # The browser starts processes of its own; they are in the session that was made for it.
        os.killpg(self.process.pid, 15)
        self.process.wait(20)
        self.log.close()

    def call(self, method, session=None, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.socket.send(json.dumps(message))
        number = self.count
        while True:
            answer = self.read(60)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def read(self, timeout):
        message = json.loads(self.socket.recv(timeout))
        if "method" in message and message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].take(message["method"], message["params"])
        return message

    def page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return Page(self, session)


class Page:
    """One page. `wrong` has every error that its scripts or its console told."""

    def __init__(self, browser, session):
        self.browser, self.session, self.wrong, self.requests = browser, session, [], []
        browser.pages[session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def take(self, method, about):
        if method == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.wrong.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.wrong.append(" ".join(str(one.get("value", one.get("description"))) for one in about["args"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.wrong.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def run(self, script):
        """The value of an expression; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def wait(self, script, seconds=30):
        """Waits until an expression is true; says what the page looked like when it never is."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.run(f"Boolean({script})"):
                    return
            except RuntimeError:
                # Between two pages there is nothing to ask.
                pass
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}\n{self.run('document.body.innerText')[:2000]}\n{self.wrong}")

    def text(self, selector):
        return self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")

    def click(self, selector):
        self.wait(f"document.querySelector({json.dumps(selector)})")
        box = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'nearest'}});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def key(self, name, modifiers=0):
        code, text = KEYS.get(name, (ord(name[0].upper()), name))
        about = {"key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def look(self, width=1440, height=900, dark=False, calm=False, phone=False):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1,
            mobile=phone)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"}])

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))

    def tree(self):
        """What a screen reader is told: role and name of everything that has one."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(node.get("role", {}).get("value"), node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
