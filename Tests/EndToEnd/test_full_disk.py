"""A hub whose disk is full: the front door goes on, somebody is told, and history goes on when there is room again."""

import time

import httpx

from harness import keys, objects
from harness.certificates import Authority
from harness.hub_process import Hub, ask, wait_for
from harness.ports import free_port
from harness.small_disk import SmallDisk
from test_hub import call, furnish, sending

#: What a process may hold more than before, while nothing can be written: records and sums of these few are far less.
MORE_MEMORY = 96 << 20


def resident(process):
    """Bytes of memory that a process has."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def until(found, what, seconds=60):
    """What is found, once there is something."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return answer


def storage(url, viewer):
    """What the hub says of its disk."""
    answer = httpx.get(url + "/api/v1/status", headers={"authorization": f"Bearer {viewer}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def fill_and_use(disk, gateway, key, process, url, viewer, state):
    """Fills the disk while requests come, makes room again, and returns how many requests there were."""
    sent = 0

    def some(count):
        nonlocal sent
        assert call(gateway, key, count=count) == [200] * count
        assert call(gateway, None, count=count) == [401] * count
        sent += 2 * count

    some(10)
    wait_for(state, sent)
    before = resident(process)
    disk.fill()
    some(10)
    answer = until(lambda: (now := storage(url, viewer))["storage"] == "memory" and now, "nothing is said of the disk")
    assert answer["storageProblem"], answer
    for _ in range(10):
        some(20)
    # What came meanwhile is asked for as ever, and somebody is told.
    assert len(wait_for(state, sent, "point=gateway")) == sent
    [alarm] = until(lambda: wait_for(state, 1, 'alarm.name="history_degraded"', seconds=1), "there is no alarm")
    assert alarm["alarm"]["severity"] == "critical" and alarm["alarm"]["text"], alarm
    assert resident(process) - before < MORE_MEMORY
    assert disk.free == 0 and storage(url, viewer)["storage"] == "memory"
    disk.make_room()
    some(10)
    until(lambda: storage(url, viewer)["storage"] == "disk", "the disk is not taken back")
    assert sum(storage(url, viewer)["dropped"].values()) == 0
    return sent


def all_are_there(state, sent):
    """Every record is there once, and the chain is whole."""
    found = wait_for(state, sent, "point=gateway")
    assert len(found) == len({record["id"] for record in found}) == sent
    assert {record["verdict"] for record in found} == {"allowed", "denied"}
    assert ask(state, "records", "verify").returncode == 0


def test_a_hub_in_the_front_doors_own_process(make_gateway, standin):
    console, viewer = free_port(), keys.new_key()
    gateway = make_gateway("small", arguments=["--console", f"127.0.0.1:{console}"])
    key = furnish(gateway, standin.port, objects.access_key("auditor", viewer, console={"role": "Operator"}))
    gateway.state.mkdir(parents=True)
    # Only the history: money is another matter, and fails closed.
    with SmallDisk(gateway.state / "history") as disk:
        gateway.start()
        sent = fill_and_use(disk, gateway, key, gateway.process, f"http://127.0.0.1:{console}", viewer, gateway.state)
        all_are_there(gateway.state, sent)
        # What was in memory is on the disk now.
        assert gateway.stop() == 0
        gateway.start()
        all_are_there(gateway.state, sent)
        assert gateway.stop() == 0


def test_a_hub_of_its_own(make_gateway, standin, tmp_path, monkeypatch):
    authority, viewer = Authority(tmp_path, "fleet"), keys.new_key()
    # There is no room for new login links either: keys open the console as ever.
    monkeypatch.setenv("SALLYPORT_KEY", viewer)
    hub = Hub(tmp_path, authority, tmp_path / "objects")
    (tmp_path / "objects").mkdir()
    objects.write(
        tmp_path / "objects" / "keys.yaml", objects.access_key("auditor", viewer, console={"role": "Operator"}))
    with SmallDisk(hub.state) as disk:
        try:
            hub.start()
            gateway = make_gateway("sender", arguments=sending(hub, *authority.issue("gateway", "DNS:gateway-1")))
            key = furnish(gateway, standin.port)
            gateway.start()
            sent = fill_and_use(disk, gateway, key, hub.process, hub.url, viewer, hub.state)
            all_are_there(hub.state, sent)
            assert gateway.stop() == 0
            hub.kill()
            hub.start()
            all_are_there(hub.state, sent)
        finally:
            hub.stop()
