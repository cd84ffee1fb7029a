"""What is spent is not forgotten: not when a gateway is killed, not when a budget is changed."""

import threading
import time

import httpx
import pytest

from harness import objects
from harness.models import Model
from harness.spending import USAGE, opened, spent, wait_for_spent
from harness.upstream import Gate, Upstream


@pytest.fixture
def upstream():
    with Upstream(Model(usage=USAGE)) as server:
        yield server


@pytest.fixture
def open_house(make_gateway, upstream):
    """`open_house(*objects, limits=...)`: a caller of a gateway with those objects."""

    def start(*found, limits=None):
        return opened(make_gateway("budgets"), upstream.port, *found, limits=limits)

    return start


def test_a_gateway_that_is_killed_remembers(open_house, upstream):
    """What was spent; what was only set aside by a request that died with it is free again."""
    house = open_house(objects.budget("daily", {"tokens": 600}))
    assert [house.ask().status_code for _ in range(2)] == [200, 200]
    wait_for_spent(house.gateway, "ai/daily", "240")
    gate, model = Gate(), upstream.answer
    upstream.answer = lambda exchange: gate.wait()
    upstream.forget()
    running = threading.Thread(target=lambda: _ignore_end(lambda: house.ask(max_tokens=180)))
    running.start()
    while not upstream.seen:
        running.join(0.01)
    assert house.ask(max_tokens=180).status_code == 429, "the running request holds what is left"
    house.gateway.kill()
    running.join(30)
    gate.open()
    before = spent(house.gateway)["ai/daily"]
    assert (before["spent"], before["limit"], before["unit"]) == ("240", "600", "tokens") and "alice" in before["subject"]
    upstream.answer = model
    house.gateway.start()
    assert house.ask(max_tokens=180).status_code == 200
    wait_for_spent(house.gateway, "ai/daily", "360")
    assert [house.ask().status_code for _ in range(3)] == [200, 200, 429]
    wait_for_spent(house.gateway, "ai/daily", "600")


def _ignore_end(call):
    try:
        call()
    except httpx.HTTPError:
        pass


def test_a_gateway_that_ends_remembers_all(open_house):
    house = open_house(objects.budget("daily", {"tokens": 500}))
    for count in range(1, 4):
        assert house.ask().status_code == 200
        assert house.gateway.stop() == 0
        assert spent(house.gateway)["ai/daily"]["spent"] == str(count * 120)
        house.gateway.start()


def test_a_change_of_the_limit_counts_what_was_spent(open_house):
    house = open_house()
    path = house.gateway.objects / "budget.yaml"

    def limit(tokens):
        """Change it, and ask until that shows; what is spent by then."""
        objects.write(path, objects.budget("daily", {"tokens": tokens}))
        deadline = time.monotonic() + 20
        while (entry := spent(house.gateway).get("ai/daily", {})).get("limit") != str(tokens):
            house.ask(max_tokens=1)
            assert time.monotonic() < deadline, entry
            time.sleep(0.1)
        return int(entry["spent"])

    before = limit(1_000_000)
    assert before >= 120
    assert limit(2_000_000) >= before
    objects.write(path, objects.budget("daily", {"tokens": 1}))
    deadline = time.monotonic() + 20
    while house.ask().status_code != 429:
        assert time.monotonic() < deadline
