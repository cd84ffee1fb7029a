"""A browser's fetch, from a page of another origin: preflight, key in a header, an answer read as it streams."""

import functools
import http.server
import json
import os
import queue
import shutil
import subprocess
import threading

import pytest

from harness import keys, objects
from harness.upstream import Gate, Upstream

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PIECES = 4

PAGE = """<!doctype html><title>fetch</title><script>
const tell = (what, value) => fetch("/tell", {method: "POST", body: JSON.stringify([what, value])});
const call = key => fetch(DOOR + "/v1/chat/completions", {
  method: "POST", body: "{}",
  headers: {"authorization": "Bearer " + key, "content-type": "application/json"}});
(async () => {
  try {
    const answer = await call(KEY), reader = answer.body.getReader(), text = new TextDecoder();
    await tell("status", answer.status);
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      await tell("piece", text.decode(value));
    }
    const refused = await call("sp_wrong");
    await tell("refused", [refused.status, (await refused.json()).error.code]);
    await tell("end", null);
  } catch (error) { await tell("error", String(error)); }
})();
</script>"""


class Page(http.server.BaseHTTPRequestHandler):
    """Serves the page, and hands on what it tells."""

    def __init__(self, html, told, *arguments):
        self.html, self.told = html, told
        super().__init__(*arguments)

    def do_GET(self):
        found = self.path == "/"
        self.send_response(200 if found else 404)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.html if found else b"")

    def do_POST(self):
        self.told.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


def configure(gateway, listener, upstream, origin):
    """A route that browsers of one origin may use."""
    key = keys.new_key()
    cors = {
        "allowOrigins": [origin], "allowMethods": ["POST"], "maxAge": 60,
        "allowHeaders": ["authorization", "content-type"],
    }
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(listener), objects.backend("model", upstream.port),
        objects.route(filters=[{"type": "CORS", "cors": cors}]), objects.access_key("alice", key), objects.policy())
    gateway.start()
    return key


def browse(url, profile, told):
    """What the page tells, until its end."""
    command = [
        CHROMIUM, "--headless", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
        "--ignore-certificate-errors", f"--user-data-dir={profile}", url]
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")
    with open(profile / "log", "wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        while True:
            what, value = told.get(timeout=60)
            yield what, value
            if what in ("end", "error"):
                return
    finally:
        # The browser starts processes of its own; they are in the session that was made for it.
        os.killpg(browser.pid, 15)
        browser.wait(20)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("tls", [False, True], ids=["plaintext", "tls"])
def test_fetch_streams(make_gateway, tmp_path, tls):
    gate, told = Gate(), queue.Queue()

    def stream(exchange):
        exchange.begin("text/event-stream")
        for number in range(PIECES):
            gate.wait()
            exchange.piece(f"data: {number}\n\n".encode())
        exchange.end()

    with Upstream(stream) as upstream, http.server.ThreadingHTTPServer(("127.0.0.1", 0), None) as site:
        origin = f"http://127.0.0.1:{site.server_address[1]}"
        gateway = make_gateway("browser", plaintext=not tls)
        listener = objects.https(gateway.tls_port) if tls else objects.listener(gateway.port)
        key = configure(gateway, listener, upstream, origin)
        door = gateway.tls_url if tls else gateway.url
        html = PAGE.replace("DOOR", json.dumps(door)).replace("KEY", json.dumps(key)).encode()
        site.RequestHandlerClass = functools.partial(Page, html, told)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        gate.open()
        seen = []
        for what, value in browse(origin + "/", tmp_path, told):
            seen.append((what, value))
            if what == "piece":
                gate.open()
        site.shutdown()

    assert seen == [
        ("status", 200), *[("piece", f"data: {number}\n\n") for number in range(PIECES)],
        ("refused", [401, "invalid_api_key"]), ("end", None)]
    assert len(upstream.seen) == 1, "neither the preflight nor the refused call may reach the model server"
