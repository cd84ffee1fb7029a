"""Something that answers as an API server does, with objects that nobody keeps: lists in pages, and watches that say nothing."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import yaml


class ObjectServer:
    """`kinds` names each kind: (group/version or v1, plural, kind, objects). Ends with `with`."""

    def __init__(self, kinds):
        self.lists = {}
        for version, plural, kind, objects in kinds:
            self.lists[self.place(version, plural)] = (version, kind, objects)
        self.pages = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.ended = threading.Event()

    @staticmethod
    def place(version, plural):
        """Where all of a kind are."""
        return f"/api/v1/{plural}" if version == "v1" else f"/apis/{version}/{plural}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def kubeconfig(self, path):
        """A file that leads here; without TLS, as `kubectl proxy` is."""
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.server.server_address[1]}"}}],
            "users": [{"name": "u", "user": {"token": "none"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))
        return path

    def answer(self, path, query):
        """The body of an answer; None: there is nothing."""
        if path == "/version":
            return {"major": "1", "minor": "36", "gitVersion": "v1.36.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": group, "versions": [{"groupVersion": f"{group}/{version}", "version": version}],
                 "preferredVersion": {"groupVersion": f"{group}/{version}", "version": version}}
                for group, version in sorted({tuple(v.split("/")) for v, _, _ in self.lists.values() if v != "v1"})]}
        here = [(place.rpartition("/")[2], kind) for place, (_, kind, _) in self.lists.items()
                if place.rpartition("/")[0] == path]
        if here:
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": path.partition("/")[2],
                    "resources": [{"name": plural, "kind": kind, "namespaced": True, "verbs": ["get", "list", "watch"]}
                                  for plural, kind in here]}
        if path not in self.lists:
            return None
        version, kind, objects = self.lists[path]
        begin, limit = int(query.get("continue", ["0"])[0]), int(query.get("limit", ["500"])[0])
        self.pages[path] = self.pages.get(path, 0) + 1
        items = objects[begin:begin + limit]
        rest = begin + limit
        return {"kind": f"{kind}List", "apiVersion": version, "items": items, "metadata": {
            "resourceVersion": "1000", **({"continue": str(rest)} if rest < len(objects) else {})}}

    def _handler(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Nothing."""

            def do_GET(self):
                url = urlsplit(self.path)
                query = parse_qs(url.query)
                if query.get("watch"):
                    return self.watch()
                found = outer.answer(url.path, query)
                body = json.dumps(found or {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}).encode()
                self.send_response(200 if found else 404)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def watch(self):
                """Nothing happens."""
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                self.wfile.flush()
                while not outer.ended.wait(0.5):
                    pass
                time.sleep(0)

        return Handler
