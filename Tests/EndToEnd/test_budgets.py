"""What callers may spend: refused before it is spent, and cut while it is."""

import json
import threading

import anthropic
import httpx
import ollama
import openai
import pytest

from harness import keys, objects
from harness.models import Model
from harness.spending import CHAT, SAY, USAGE, opened, wait_for_spent
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


# Limits of tokens


def test_tokens_per_minute(open_house, upstream):
    house = open_house(limits={"tokens": {"count": 200, "window": "1m"}})
    # 120 tokens are counted, of which 50 + the question were set aside; then the same again, and 240 are too many.
    assert [house.ask().status_code for _ in range(2)] == [200, 200]
    with pytest.raises(openai.RateLimitError) as refused:
        house.openai().chat.completions.create(model="m", messages=SAY, max_tokens=50)
    assert refused.value.code == "rate_limit_exceeded"
    headers = refused.value.response.headers
    assert 0 < int(headers["retry-after"]) <= 61
    assert (headers.get("x-should-retry") == "false") == (int(headers["retry-after"]) > 60)
    assert len(upstream.seen) == 2
    assert house.record("tokens_rate_limited")["status"] == 429


def test_what_could_cost_more_than_the_limit_is_not_begun(open_house, upstream):
    house = open_house(limits={"tokens": {"count": 200, "window": "1m"}})
    assert house.ask(max_tokens=500).status_code == 429 and not upstream.seen
    assert house.ask(max_tokens=50).status_code == 200, "what was refused holds nothing"


def test_a_client_that_tries_again_gets_through_when_it_may(open_house):
    house = open_house(limits={"requests": {"count": 1, "window": "1s"}})
    assert house.ask().status_code == 200
    answer = house.openai(retries=2).chat.completions.create(model="m", messages=SAY)
    assert answer.usage.total_tokens == 120
    assert house.gateway.wait_for_records(1, lambda record: record["reason"] == "rate_limited")


# Budgets that are used up before a request


def test_a_budget_that_is_used_up(open_house, upstream):
    """Clients see an exhausted quota, and do not wait for a day."""
    house = open_house(objects.budget("daily", {"tokens": 200}))
    assert [house.ask().status_code for _ in range(2)] == [200, 200]
    with pytest.raises(openai.RateLimitError) as refused:
        house.openai(retries=2).chat.completions.create(model="m", messages=SAY, max_tokens=50)
    assert refused.value.code == "insufficient_quota" and refused.value.response.headers["x-should-retry"] == "false"
    with pytest.raises(anthropic.RateLimitError) as refused:
        house.anthropic().messages.create(model="m", messages=SAY, max_tokens=50)
    assert refused.value.body["error"]["type"] == "rate_limit_error" and "budget" in refused.value.body["error"]["message"]
    with pytest.raises(ollama.ResponseError) as refused:
        house.ollama().chat(model="m", messages=SAY)
    assert refused.value.status_code == 429 and "budget" in refused.value.error
    assert len(upstream.seen) == 2
    records = house.gateway.wait_for_records(3, lambda record: record["reason"] == "budget_exhausted")
    assert len(records) == 3, "the client with retries did not try again"
    for record in records:
        assert record["verdict"] == "denied" and record["ai"]["budget"]["exhausted"] == "ai/daily"


def test_a_budget_in_dollars_is_exact(open_house):
    """100 of input and 20 of output cost 0.00014 dollars at these prices; three times that is the budget."""
    prices = {"match": ["m"], "prices": {"input": "1", "output": "2"}}
    house = open_house(objects.provider("house", ["model"], [prices]), objects.budget("dollars", {"dollars": "0.00042"}))
    asked = [house.ask(max_tokens=1) for _ in range(4)]
    assert [answer.status_code for answer in asked] == [200, 200, 200, 429]
    wait_for_spent(house.gateway, "ai/dollars", "0.00042")
    assert house.ask(model="other").status_code == 403, "a model without a price is not for this budget"
    assert house.record("unpriced_model")["verdict"] == "denied"


def test_budgets_within_budgets(open_house, upstream):
    """All of them must have something left, and each counts what passes it."""
    house = open_house(
        objects.route("a", hostnames=["a.test"]), objects.route("b", hostnames=["b.test"]),
        objects.budget("house", {"tokens": 450}, per="All"), objects.budget("room", {"tokens": 200}, "a", "HTTPRoute"))
    assert [house.ask(host="a.test").status_code for _ in range(3)] == [200, 200, 429]
    assert house.record("budget_exhausted")["ai"]["budget"]["exhausted"] == "ai/room"
    assert [house.ask(host="b.test").status_code for _ in range(3)] == [200, 200, 429]
    last = house.gateway.wait_for_records(2, lambda record: record["reason"] == "budget_exhausted")[-1]
    assert last["ai"]["budget"]["exhausted"] == "ai/house"
    wait_for_spent(house.gateway, "ai/room", "240")
    wait_for_spent(house.gateway, "ai/house", "480")
    assert len(upstream.seen) == 4


def test_what_was_set_aside_comes_back(open_house, upstream):
    """After a server that fails, one that hangs up, and callers that leave."""
    house = open_house(objects.budget("daily", {"tokens": 1000}))
    count = upstream.answer

    def hang_up(exchange):
        raise OSError("asked to")

    for answer in (lambda exchange: exchange.send(500), hang_up):
        upstream.answer = answer
        for _ in range(10):
            assert house.ask(max_tokens=800).status_code >= 500
    upstream.answer = count
    for _ in range(3):
        assert house.ask(max_tokens=600).status_code == 200
    wait_for_spent(house.gateway, "ai/daily", "360")


# Budgets that run out in a stream


@pytest.fixture
def endless(upstream):
    """A model that goes on until nobody listens."""
    upstream.answer = Model(usage=USAGE, is_endless=True, pieces=["four words of text "])
    return upstream.answer


def test_openai_sees_the_end_of_its_budget(open_house, endless):
    house = open_house(objects.budget("small", {"tokens": 100}))
    stream = house.openai().chat.completions.create(model="m", messages=SAY, stream=True)
    pieces = []
    with pytest.raises(openai.APIError) as cut:
        for chunk in stream:
            pieces.append(chunk.choices[0].delta.content)
    assert cut.value.code == "budget_exhausted" and "budget" in cut.value.message and len(pieces) > 5
    check_cut(house, endless)


def test_openai_sees_the_end_of_its_budget_in_responses(open_house, endless):
    house = open_house(objects.budget("small", {"tokens": 100}))
    kinds = []
    with pytest.raises(openai.APIError) as cut:
        for event in house.openai().responses.create(model="m", input="hi", stream=True):
            kinds.append(event.type)
    assert "budget" in cut.value.message and kinds[-1] == "response.failed"
    check_cut(house, endless)


def test_anthropic_sees_the_end_of_its_budget(open_house, endless):
    house = open_house(objects.budget("small", {"tokens": 600}))
    pieces = []
    with pytest.raises(anthropic.APIStatusError) as cut:
        with house.anthropic().messages.stream(model="m", max_tokens=5000, messages=SAY) as stream:
            pieces += stream.text_stream
    assert cut.value.body["error"]["type"] == "rate_limit_error" and "budget" in cut.value.body["error"]["message"]
    check_cut(house, endless)


def test_ollama_sees_the_end_of_its_budget(open_house, endless):
    house = open_house(objects.budget("small", {"tokens": 100}))
    pieces = []
    with pytest.raises(ollama.ResponseError) as cut:
        for part in house.ollama().chat(model="m", messages=SAY, stream=True):
            pieces.append(part.message.content)
    assert "budget" in cut.value.error and len(pieces) > 5
    check_cut(house, endless)


def check_cut(house, model):
    """The server hears that nobody listens; the record says what happened; nothing is left for the next."""
    assert model.hung_up.acquire(timeout=20)
    [record] = house.gateway.wait_for_records(1)
    assert (record["verdict"], record["reason"], record["status"]) == ("allowed", "budget_exhausted", 200)
    assert record["ai"]["budget"]["exhausted"] == "ai/small" and record["ai"]["tokens"]["output"] > 0
    assert house.ask(stream=True).status_code == 429


def test_a_stream_that_is_cut_is_whole(open_house, endless):
    """Every event is complete, an error is the last that is said, and the usage comes before it where it was asked for."""
    house = open_house(objects.budget("small", {"tokens": 100}))
    text = house.ask(stream=True, max_tokens=None, stream_options={"include_usage": True}).text
    assert text.endswith("data: [DONE]\n\n")
    *events, usage, error = [json.loads(part[6:]) for part in text.split("\n\n") if part.startswith("data: {")]
    assert len(events) > 5 and all(event["choices"] for event in events)
    assert usage["choices"] == [] and usage["usage"]["total_tokens"] >= 100
    assert error["error"]["code"] == "budget_exhausted" and error["error"]["type"] == "insufficient_quota"


def test_a_stream_that_is_cut_ends_well_over_http2(make_gateway, upstream, endless):
    gateway, key = make_gateway("budgets-http2", plaintext=False), keys.new_key()
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.https(gateway.tls_port)),
        objects.route(), objects.backend("model", upstream.port, server="ollama"), objects.access_key("alice", key),
        objects.policy(), objects.budget("small", {"tokens": 100}))
    gateway.start()
    with httpx.Client(http2=True, verify=gateway.tls_context(), headers={"x-api-key": key}, timeout=30) as client:
        ask = {"model": "m", "messages": SAY, "stream": True}
        cut = client.post(gateway.tls_url + CHAT, json=ask)
        assert cut.http_version == "HTTP/2" and cut.text.endswith("data: [DONE]\n\n") and "budget_exhausted" in cut.text
        assert client.post(gateway.tls_url + CHAT, json=ask).status_code == 429, "the connection goes on"
    assert endless.hung_up.acquire(timeout=20)


STREAMS, LIMIT, SET_ASIDE = 50, 20_000, 300


def test_many_streams_never_pass_a_budget_by_more_than_an_event_each(open_house, upstream, endless):
    """Each sets some aside, and each goes on beyond that, at the cost of what nobody has set aside."""
    house, ended = open_house(objects.budget("shared", {"tokens": LIMIT}, per="All")), []
    endless.gate = Gate()

    def stream():
        answer = house.ask(stream=True, max_tokens=SET_ASIDE)
        ended.append((answer.status_code, "budget_exhausted" in answer.text))

    threads = [threading.Thread(target=stream) for _ in range(STREAMS)]
    for thread in threads:
        thread.start()
    while len(upstream.seen) < STREAMS:
        threads[0].join(0.02)
    endless.gate.open(100_000)
    for thread in threads:
        thread.join(60)
    assert ended == [(200, True)] * STREAMS
    records = house.gateway.wait_for_records(STREAMS)
    each = [record["ai"]["tokens"]["input"] + record["ai"]["tokens"]["output"] for record in records]
    an_event = (len("four words of text ") + 3) // 4
    assert LIMIT <= sum(each) <= LIMIT + STREAMS * an_event, f"{sum(each)}: {sorted(each)}"
    assert min(each) >= SET_ASIDE, "what was set aside is there for who set it aside"
    wait_for_spent(house.gateway, "ai/shared", str(sum(each)))
    for _ in range(STREAMS):
        assert endless.hung_up.acquire(timeout=20)
