"""Budgets that several gateways count together, in a redis-server, and what becomes of them when it is gone."""

import threading

import openai
import pytest

from harness import keys, objects
from harness.models import Model
from harness.redis import PROGRAM, Redis
from harness.spending import SAY, USAGE, opened
from harness.upstream import Upstream

pytestmark = pytest.mark.skipif(not PROGRAM, reason="redis-server is not installed")


@pytest.fixture
def upstream():
    with Upstream(Model(usage=USAGE)) as server:
        yield server


@pytest.fixture
def redis():
    with Redis() as server:
        yield server


@pytest.fixture
def two_houses(make_gateway, upstream, redis):
    """`two_houses(budget, *arguments)`: two gateways, one caller, one redis-server."""

    def start(*found, more=()):
        key, arguments = keys.new_key(), ["--counters", redis.url, *more]
        return [opened(make_gateway(name, arguments=list(arguments)), upstream.port, *found, key=key)
                for name in ("first", "second")]

    return start


def test_two_gateways_count_together(two_houses, upstream):
    first, second = two_houses(objects.budget("daily", {"tokens": 450}))
    statuses = [house.ask().status_code for house in (first, second, first, second, first, second)]
    assert statuses == [200, 200, 200, 200, 429, 429]
    record = second.record("budget_exhausted")
    assert record["ai"]["budget"]["exhausted"] == "ai/daily"
    for record in first.gateway.wait_for_records(2, lambda record: record["status"] == 200):
        assert record["ai"]["budget"]["counters"] == "shared"
    assert len(upstream.seen) == 4


def test_two_gateways_cut_streams_together(two_houses, upstream):
    upstream.answer = model = Model(usage=USAGE, is_endless=True, pieces=["four words of text "])
    houses = two_houses(objects.budget("daily", {"tokens": 5_000}, per="All"))
    ended = []
    threads = [threading.Thread(target=lambda house=house: ended.append(house.ask(stream=True, max_tokens=None).text))
               for house in houses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ended) == 2 and all("budget_exhausted" in text or "insufficient_quota" in text for text in ended)
    assert any("budget_exhausted" in text for text in ended) and model.hung_up.acquire(timeout=20)
    # Who is cut while the other's request still holds a part leaves that part; it is small change, and then there is none.
    for house in houses:
        assert any(house.ask().status_code == 429 for _ in range(5_000 // max(USAGE.values()) + 1))


def test_without_counters_nothing_with_a_budget_passes(two_houses, upstream, redis):
    first, second = two_houses(objects.budget("daily", {"tokens": 10_000}))
    assert first.ask().status_code == second.ask().status_code == 200
    redis.stop()
    for house in (first, second):
        answer = house.ask()
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "overloaded"
        assert house.record("counters_unavailable")["verdict"] == "denied"
    assert len(upstream.seen) == 2
    with pytest.raises(openai.InternalServerError):
        first.openai().chat.completions.create(model="m", messages=SAY)


def test_without_counters_each_may_have_its_share(two_houses, redis):
    """Half of 600 for each, as it was chosen: two requests of 120 and what a third needs at least."""
    first, second = two_houses(objects.budget("daily", {"tokens": 600}), more=["--counters-fail", "local:1/2"])
    redis.stop()
    for house in (first, second):
        statuses = [house.ask(max_tokens=20).status_code for _ in range(6)]
        assert statuses[:2] == [200, 200] and statuses[3:] == [429, 429, 429], statuses
        served = house.gateway.wait_for_records(2, lambda record: record["status"] == 200)
        assert {record["ai"]["budget"]["counters"] for record in served} == {"local_share"}
