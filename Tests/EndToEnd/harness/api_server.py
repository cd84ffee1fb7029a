"""The API server of a cluster of the tests, asked directly: its address is inside of a network namespace, into which only the
sockets go. What kubectl needs half a second for takes some milliseconds so.
"""

import base64
import ctypes
import http.client
import json
import os
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import yaml

CLONE_NEWNET = 0x40000000
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

#: Where objects of a kind are: plural, and whether they have a namespace.
RESOURCES = {
    "Namespace": ("namespaces", False), "Node": ("nodes", False),
    "CustomResourceDefinition": ("customresourcedefinitions", False), "GatewayClass": ("gatewayclasses", False), "Gateway": ("gateways", True), "HTTPRoute": ("httproutes", True),
    "GRPCRoute": ("grpcroutes", True), "TLSRoute": ("tlsroutes", True), "ReferenceGrant": ("referencegrants", True),
    "BackendTLSPolicy": ("backendtlspolicies", True), "NetworkPolicy": ("networkpolicies", True),
    "EndpointSlice": ("endpointslices", True), "Endpoints": ("endpoints", True), "ServiceAccount": ("serviceaccounts", True),
    "ClusterRole": ("clusterroles", False), "ClusterRoleBinding": ("clusterrolebindings", False), "Role": ("roles", True),
    "RoleBinding": ("rolebindings", True), "AccessKey": ("accesskeys", True), "AccessPolicy": ("accesspolicies", True),
    "TokenIssuer": ("tokenissuers", True),
}


class Refused(AssertionError):
    """An answer that is no success."""

    def __init__(self, status, body, what):
        super().__init__(f"{what}: {status} {body[:600]!r}")
        self.status = status


def path_of(kind, namespace=None, name=None, api_version="v1", subresource=None):
    """The path of an object, or of all of a kind."""
    plural, namespaced = RESOURCES.get(kind) or (kind.lower() + "s", True)
    group = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    where = f"/namespaces/{namespace}" if namespaced and namespace else ""
    return group + where + f"/{plural}" + (f"/{name}" if name else "") + (f"/{subresource}" if subresource else "")


def place_of(thing):
    """The path of what a manifest describes."""
    metadata = thing["metadata"]
    return path_of(thing["kind"], metadata.get("namespace", "default"), metadata["name"], thing["apiVersion"])


class API:
    """Requests as the administrator, each thread over a connection of its own."""

    def __init__(self, home):
        self.state = Path(home) / "state"
        config = yaml.safe_load((self.state / "admin.kubeconfig").read_text())
        server = config["clusters"][0]["cluster"]
        user = config["users"][0]["user"]
        self.address = urlsplit(server["server"])
        certificates = self.state / "admin.pem"
        with open(os.open(certificates, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(base64.b64decode(user["client-certificate-data"]))
            file.write(base64.b64decode(user["client-key-data"]))
        self.authority = base64.b64decode(server["certificate-authority-data"]).decode()
        self.context = ssl.create_default_context(cadata=self.authority)
        self.context.load_cert_chain(certificates)
        self.namespace = f"/proc/{self.pid('namespace')}/ns/net"
        self._local = threading.local()

    def pid(self, name):
        """The process of a part of the cluster."""
        return int((self.state / "pid" / name).read_text().split()[0])

    def _connect(self, timeout):
        connection = http.client.HTTPSConnection(self.address.hostname, self.address.port, timeout=timeout,
                                                 context=self.context)
        inside(self.namespace, connection.connect)
        return connection

    def request(self, method, path, body=None, content_type="application/json", timeout=30):
        """Status and body of one answer; a connection that was closed meanwhile is made anew once."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"accept": "application/json", **({"content-type": content_type} if data is not None else {})}
        for attempt in (0, 1):
            connection = getattr(self._local, "connection", None)
            is_fresh = connection is None
            if is_fresh:
                connection = self._local.connection = self._connect(timeout)
            try:
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._local.connection = None
                if is_fresh or attempt:
                    raise
        raise AssertionError("not reached")

    def _good(self, method, path, *rest, also=(), **more):
        status, body = self.request(method, path, *rest, **more)
        if status >= 300 and status not in also:
            raise Refused(status, body, f"{method} {path}")
        return json.loads(body) if status < 300 else None

    def get(self, path, **query):
        """What is there; None: nothing is."""
        return self._good("GET", path + ("?" + urlencode(query) if query else ""), also=(404,))

    def create(self, thing, also=()):
        """A new object."""
        return self._good("POST", place_of(thing).rpartition("/")[0], thing, also=also)

    def put(self, thing):
        """An object as it is described, whether it was there or not: a server-side apply that takes every field."""
        return self._good("PATCH", place_of(thing) + "?fieldManager=tests&force=true", thing, APPLY)

    def patch(self, path, change, content_type=MERGE, also=()):
        """A change of an object."""
        return self._good("PATCH", path, change, content_type, also=also)

    def delete(self, path, also=(404,), grace=0):
        """An object gone, or none there; without waiting for what it holds."""
        return self._good("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": grace,
                                           "propagationPolicy": "Background"}, also=also)

    def every(self, work, things, threads=8):
        """`work` of each, several at a time."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, things))

    def watch(self, path, version, seconds=3600, **query):
        """Events from a version on, until the server ends."""
        query |= {"watch": "1", "resourceVersion": version, "timeoutSeconds": seconds, "allowWatchBookmarks": "true"}
        connection = self._connect(timeout=seconds + 30)
        try:
            connection.request("GET", f"{path}?{urlencode(query)}")
            answer = connection.getresponse()
            if answer.status != 200:
                raise Refused(answer.status, answer.read(), path)
            while line := answer.readline():
                yield json.loads(line)
        finally:
            connection.close()


def inside(namespace, work):
    """What `work` gives, in a network namespace; sockets that it opens stay there. In a thread of its own: a namespace is one
    thread's."""
    outcome = []

    def run():
        try:
            with open(namespace, "rb") as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"cannot go into {namespace}")
            outcome.append((work(), None))
        except Exception as problem:  # pylint: disable=broad-except
            outcome.append((None, problem))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    value, problem = outcome[0]
    if problem:
        raise problem
    return value
