"""Nodes that are objects only: their pods are said to run, and to be ready, as soon as they are bound to them."""

import threading
import time
from datetime import datetime, timezone
from queue import Queue

from .api_server import APPLY, STRATEGIC, Refused, path_of

CAPACITY = {"cpu": "1000", "memory": "1000Gi", "pods": "10000", "ephemeral-storage": "1000Gi"}


def now():
    """The time as Kubernetes writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def status_of_pod(address, host, containers=(), start=None):
    """What a kubelet says of a pod that is ready."""
    good = [{"type": t, "status": "True", "lastTransitionTime": now()}
            for t in ("Initialized", "ContainersReady", "Ready", "PodScheduled")]
    running = [{"name": c["name"], "image": c["image"], "imageID": "made-up", "ready": True, "started": True, "restartCount": 0,
                "state": {"running": {"startedAt": start or now()}}} for c in containers]
    return {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": host, "startTime": start or now(),
            "conditions": good, "containerStatuses": running}


class Kubelets:
    """Nodes by name, each with a /16 of pods: the first has 10.100.0.0/16. Without `follow` others speak for the pods."""

    def __init__(self, api, names, first=100, threads=4, beat=10, follow=True):
        self.api, self.names, self.first, self.beat = api, list(names), first, beat
        self._next = {name: 1 for name in self.names}
        self._lock = threading.Lock()
        self._work = Queue()
        self._stopped = threading.Event()
        self._ready = set()
        work = [self._beat] + ([self._follow] + [self._serve] * threads if follow else [])
        self._threads = [threading.Thread(target=each, daemon=True) for each in work]

    def start(self):
        """Make the Nodes, and follow their pods."""
        for index, name in enumerate(self.names):
            self.api.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"made-up": "true"}},
                             "spec": {"podCIDR": f"10.{self.first + index}.0.0/16",
                                      "podCIDRs": [f"10.{self.first + index}.0.0/16"]}}, also=(409,))
            self._say_ready(name)
            self._renew(name)
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        """Say no more."""
        self._stopped.set()

    def host(self, name):
        """The address of a node."""
        return f"192.0.2.{self.names.index(name) + 1}"

    def address(self, name):
        """A new address of a pod of a node."""
        with self._lock:
            number = self._next[name]
            self._next[name] = number + 1
        return self._address(name, number)

    def upcoming(self, name):
        """The address that comes next."""
        with self._lock:
            return self._address(name, self._next[name])

    def _address(self, name, number):
        return f"10.{self.first + self.names.index(name)}.{number // 250}.{number % 250 + 1}"

    def _say_ready(self, name):
        self.api.patch(path_of("Node", name=name, subresource="status"), {"status": {
            "capacity": CAPACITY, "allocatable": CAPACITY,
            "addresses": [{"type": "InternalIP", "address": self.host(name)}],
            "conditions": [{"type": "Ready", "status": "True", "reason": "MadeUp", "lastHeartbeatTime": now(),
                            "lastTransitionTime": now()}]}}, STRATEGIC)
        # The scheduler waits until the node's lifecycle controller has taken its first taint away, which takes some seconds.
        self.api.patch(path_of("Node", name=name), {"spec": {"taints": None}})

    def _renew(self, name):
        # As kubelets do: a Lease, which nobody else looks at, and not the Node.
        moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.api.patch(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}?fieldManager={name}&force=true", {
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": moment}}, APPLY)

    def _beat(self):
        while not self._stopped.wait(self.beat):
            for name in self.names:
                try:
                    self._renew(name)
                except (OSError, Refused):
                    pass  # the server is away: the next beat tries again

    def _follow(self):
        while not self._stopped.is_set():
            try:
                found = self.api.get("/api/v1/pods")
                for pod in found["items"]:
                    self._look(pod)
                for event in self.api.watch("/api/v1/pods", found["metadata"]["resourceVersion"]):
                    if event["type"] in ("ADDED", "MODIFIED"):
                        self._look(event["object"])
                    elif event["type"] == "ERROR":
                        break
            except (OSError, Refused, ValueError):
                time.sleep(0.5)

    def _look(self, pod):
        if pod["spec"].get("nodeName") not in self._next:
            return
        is_going = "deletionTimestamp" in pod["metadata"]
        uid = pod["metadata"]["uid"]
        if is_going or (uid not in self._ready and pod.get("status", {}).get("phase") != "Running"):
            self._ready.add(uid)
            self._work.put((pod, is_going))

    def _serve(self):
        while True:
            pod, is_going = self._work.get()
            node, metadata = pod["spec"]["nodeName"], pod["metadata"]
            place = path_of("Pod", metadata["namespace"], metadata["name"])
            try:
                if is_going:
                    self.api.delete(place, grace=0)
                else:
                    status = status_of_pod(self.address(node), self.host(node), pod["spec"]["containers"])
                    self.api.patch(place + "/status", {"status": status}, STRATEGIC, also=(404, 409))
            except (OSError, Refused):
                self._ready.discard(metadata["uid"])
