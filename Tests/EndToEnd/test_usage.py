"""What a request cost: tokens and dollars in its record, whoever answered, however it came, and however it ended."""

import gzip
import json
from decimal import Decimal

import anthropic
import httpx
import ollama
import openai
import pytest

from harness import keys, objects, raw
from harness.models import Model
from harness.upstream import Gate, Upstream

SAY = [{"role": "user", "content": "hi"}]
PRICES = {"input": "0.123457", "output": "0.600001", "cachedInput": "0.07", "cacheWrite": "1.5", "reasoning": "2"}
MILLION = 1_000_000
#: By endpoint: tokens as the record has them, and what goes into no field of the record but has a price of its own.
COUNTED = {
    "/v1/chat/completions": ({"input": 1000, "output": 50, "cached": 200, "reasoning": 10}, 0),
    "/v1/completions": ({"input": 1000, "output": 50, "cached": 200, "reasoning": 10}, 0),
    "/v1/responses": ({"input": 1000, "output": 50, "cached": 200, "reasoning": 10}, 0),
    "/v1/embeddings": ({"input": 8, "output": 0}, 0),
    "/v1/messages": ({"input": 450, "output": 40, "cached": 100}, 50),
    "/api/chat": ({"input": 12, "output": 7}, 0),
    "/api/generate": ({"input": 12, "output": 7}, 0),
    "/api/embed": ({"input": 8, "output": 0}, 0),
}
STREAMING = [path for path in COUNTED if "embed" not in path]
#: How a stream says that nothing follows.
LAST = {"/v1/responses": '"response.completed"', "/v1/messages": '"message_stop"', "/api/chat": '"done": true',
        "/api/generate": '"done": true'}
EVERYTHING = {"model": "priced", "messages": SAY, "prompt": "hi", "input": "hi", "max_tokens": 99}


class Shop:
    """A gateway, the model behind it, and a caller."""

    def __init__(self, gateway, key, upstream):
        self.gateway, self.key, self.upstream = gateway, key, upstream
        self.http = httpx.Client(base_url=gateway.url, headers={"x-api-key": key}, timeout=30)

    def ask(self, path, **more):
        """One request and what is in its record; the answer is read to its end."""
        body = {"stream": False} | {name: value for name, value in EVERYTHING.items()} | more
        answer = self.http.post(path, json=body)
        return answer, self.record(answer)

    def record(self, answer):
        """The record of an answer."""
        [found] = self.gateway.wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
        return found

    def last(self, count):
        """The last of so many records."""
        return self.gateway.wait_for_records(count)[-1]


@pytest.fixture(scope="module")
def running(make_gateway):
    gateway, key = make_gateway("usage"), keys.new_key()
    with Upstream() as upstream:
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.route(), objects.backend("model", upstream.port, server="ollama"), objects.access_key("alice", key),
            objects.policy(), objects.provider("house", ["model"], [{"match": ["priced*"], "prices": PRICES}]))
        yield Shop(gateway.start(), key, upstream)


@pytest.fixture
def shop(running):
    """The shop with a model that counts."""
    running.upstream.forget()
    running.upstream.answer = Model()
    return running


def price(tokens, cache_writes=0):
    """What tokens cost, in exact decimals."""
    cached, reasoning = tokens.get("cached", 0), tokens.get("reasoning", 0)
    cost = (tokens["input"] - cached - cache_writes) * Decimal(PRICES["input"]) + cached * Decimal(PRICES["cachedInput"])
    cost += cache_writes * Decimal(PRICES["cacheWrite"]) + reasoning * Decimal(PRICES["reasoning"])
    cost += (tokens["output"] - reasoning) * Decimal(PRICES["output"])
    return cost / MILLION


def check(record, path, streams):
    tokens, cache_writes = COUNTED[path]
    assert record["ai"]["tokens"] == tokens, record
    cost = record["ai"]["cost_usd"]
    assert Decimal(cost) == price(tokens, cache_writes) and "e" not in cost.lower(), record
    assert record["ai"]["model"] == "priced" and record["ai"].get("stream", False) == streams
    assert record["status"] == 200 and record["reason"] == "rule_matched"


@pytest.mark.parametrize("path", COUNTED)
def test_whole_answers(shop, path):
    answer, record = shop.ask(path)
    assert answer.status_code == 200
    check(record, path, False)


@pytest.mark.parametrize("path", STREAMING)
def test_streams(shop, path):
    answer, record = shop.ask(path, stream=True)
    assert "three" in answer.text
    check(record, path, True)


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
def test_ollama_streams_when_nothing_is_said(shop, path):
    answer = shop.http.post(path, json={"model": "priced", "messages": SAY, "prompt": "hi"})
    assert len(answer.text.splitlines()) == 4
    check(shop.record(answer), path, True)


def openai_chunks(shop, **options):
    client = openai.OpenAI(base_url=shop.gateway.url + "/v1", api_key=shop.key, max_retries=0)
    return list(client.chat.completions.create(model="priced", messages=SAY, stream=True, **options))


def test_openai_sees_no_usage_that_it_did_not_ask_for(shop):
    before = len(shop.gateway.records_so_far())
    chunks = openai_chunks(shop)
    asked = json.loads(shop.upstream.seen[0].body)
    assert asked["stream_options"] == {"include_usage": True}, "the server is asked on the caller's behalf"
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["one", " two", " three", None]
    assert not [chunk for chunk in chunks if chunk.usage is not None or "usage" in chunk.model_fields_set]
    check(shop.last(before + 1), "/v1/chat/completions", True)


def test_openai_sees_the_usage_that_it_asked_for(shop):
    before = len(shop.gateway.records_so_far())
    chunks = openai_chunks(shop, stream_options={"include_usage": True})
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [1050]
    assert not chunks[-1].choices and len(chunks) == 5
    check(shop.last(before + 1), "/v1/chat/completions", True)


def test_other_options_of_a_stream_stay(shop):
    chunks = openai_chunks(shop, stream_options={"include_usage": False, "include_obfuscation": False})
    asked = json.loads(shop.upstream.seen[0].body)
    assert asked["stream_options"] == {"include_usage": True, "include_obfuscation": False}
    assert not [chunk for chunk in chunks if chunk.usage]


def test_what_a_stream_without_usage_looks_like_is_as_if_nobody_had_asked(shop):
    answer, _ = shop.ask("/v1/chat/completions", stream=True)
    events = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line.startswith("data: {")]
    assert len(events) == 4 and not [event for event in events if "usage" in event or not event["choices"]]
    assert answer.text.endswith("data: [DONE]\n\n")
    assert shop.ask("/v1/completions", stream=True)[0].text.count("usage") == 0


def test_anthropic_and_ollama_get_what_the_server_said(shop):
    client = anthropic.Anthropic(base_url=shop.gateway.url, api_key=shop.key, max_retries=0)
    with client.messages.stream(model="priced", max_tokens=99, messages=SAY) as stream:
        usage = stream.get_final_message().usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (300, 100, 40)
    native = ollama.Client(host=shop.gateway.url, headers={"authorization": f"Bearer {shop.key}"})
    parts = list(native.chat(model="priced", messages=SAY, stream=True))
    assert (parts[-1].prompt_eval_count, parts[-1].eval_count) == (12, 7)
    assert "stream_options" not in json.loads(shop.upstream.seen[0].body)


@pytest.mark.parametrize("path", STREAMING)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_where_a_server_says_nothing_an_estimate_is_made_and_called_one(shop, path, stream):
    shop.upstream.answer = Model(counts=False, pieces=["some words of an answer. "] * 20)
    answer, record = shop.ask(path, stream=stream)
    tokens = record["ai"]["tokens"]
    if path == "/v1/messages":
        # The output is always said; what is not is the input.
        assert tokens["estimate"] and tokens["output"] >= 40
    else:
        assert tokens["estimate"] and 60 < tokens["output"] < 500, record
    assert Decimal(record["ai"]["cost_usd"]) == price(tokens) > 0 and answer.status_code == 200


def test_a_model_without_a_price_has_tokens_and_no_cost(shop):
    _, record = shop.ask("/v1/chat/completions", model="free")
    assert record["ai"]["tokens"]["input"] == 1000 and "cost_usd" not in record["ai"]


@pytest.mark.parametrize("path", STREAMING)
def test_a_stream_that_its_caller_leaves_is_counted(shop, path):
    gate = Gate()
    shop.upstream.answer = model = Model(is_endless=True, pieces=["a piece of text "], gate=gate)
    before = len(shop.gateway.records_so_far())
    with shop.http.stream("POST", path, json=EVERYTHING | {"stream": True}) as answer:
        seen = 0
        gate.open()
        for line in answer.iter_lines():
            if "a piece of text" in line:
                seen += 1
                gate.open()
            if seen == 5:
                break
    gate.open(10_000)
    assert model.hung_up.acquire(timeout=20), "the server hears that nobody listens"
    record = shop.last(before + 1)
    assert record["reason"] == "client_closed" and record["ai"]["stream"]
    tokens = record["ai"]["tokens"]
    assert tokens["estimate"] and tokens["output"] >= 15 and tokens["input"] > 0, record
    assert Decimal(record["ai"]["cost_usd"]) > 0


@pytest.mark.parametrize("path", STREAMING)
def test_who_leaves_after_the_last_event_has_all_of_the_answer(shop, path):
    """As OpenAI's client does: it waits for no end of the body after `[DONE]`."""
    gate, model = Gate(), Model()

    def never_end(exchange):
        exchange.end = gate.wait
        model(exchange)

    shop.upstream.answer = never_end
    before = len(shop.gateway.records_so_far())
    with shop.http.stream("POST", path, json=EVERYTHING | {"stream": True}) as answer:
        for line in answer.iter_lines():
            if LAST.get(path, "[DONE]") in line and not line.startswith("event:"):
                break
    check(shop.last(before + 1), path, True)
    gate.open()


def test_a_stream_that_the_server_breaks_off_is_counted(shop):
    def break_off(exchange):
        model = Model(pieces=["a piece of text "] * 5 + ["the last"])
        piece, count = exchange.piece, []

        def five(data):
            if len(count) == 5:
                raise OSError("asked to")
            count.append(piece(data))

        exchange.piece = five
        model(exchange)

    shop.upstream.answer = break_off
    before = len(shop.gateway.records_so_far())
    with pytest.raises(httpx.HTTPError):
        shop.ask("/v1/chat/completions", stream=True)
    record = shop.last(before + 1)
    assert record["verdict"] == "allowed" and record["reason"] == "upstream_reset"
    assert record["ai"]["tokens"]["estimate"] and record["ai"]["tokens"]["output"] >= 15


def test_a_caller_that_leaves_before_the_answer_is_counted(shop):
    """The model has read what it was asked, whoever waits for the answer."""
    gate = Gate()

    def wait(exchange):
        gate.wait()
        exchange.send()

    shop.upstream.answer = wait
    before = len(shop.gateway.records_so_far())
    body = json.dumps(EVERYTHING).encode()
    with raw.connect(shop.gateway.port) as connection:
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-api-key: {shop.key}\r\n"
                f"content-length: {len(body)}\r\n\r\n")
        connection.sendall(head.encode() + body)
        while not shop.upstream.seen:
            gate._steps.acquire(timeout=0.01)
    record = shop.last(before + 1)
    gate.open()
    assert record["reason"] == "client_closed" and record["ai"]["tokens"]["input"] > 0 and record["ai"]["tokens"]["estimate"]


class Cutter:
    """An exchange whose pieces go out as bytes, so many at a time, whatever they mean."""

    def __init__(self, exchange, size):
        self.exchange, self.size = exchange, size

    def __getattr__(self, name):
        return getattr(self.exchange, name)

    def piece(self, data):
        for start in range(0, len(data), self.size):
            self.exchange.piece(data[start:start + self.size])


@pytest.mark.parametrize("size", [1, 3, 64])
@pytest.mark.parametrize("path", STREAMING)
def test_where_a_stream_is_cut_on_its_way_makes_no_difference(shop, path, size):
    whole, _ = shop.ask(path, stream=True)
    model = Model()
    shop.upstream.answer = lambda exchange: model(Cutter(exchange, size))
    cut, record = shop.ask(path, stream=True)
    assert cut.text == whole.text and len(cut.text) > 200
    check(record, path, True)


def test_a_compressed_answer_is_passed_on_and_estimated(shop):
    text = json.dumps({"usage": {"prompt_tokens": 1, "completion_tokens": 1}, "x": "y" * 4000}).encode()
    packed = gzip.compress(text, mtime=0)

    def send(exchange):
        head = ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n"
                f"content-length: {len(packed)}\r\n\r\n")
        exchange.connection.sendall(head.encode() + packed)

    shop.upstream.answer = send
    answer, record = shop.ask("/v1/chat/completions")
    assert answer.content == text and record["ai"]["tokens"]["estimate"], record


@pytest.mark.parametrize("status", [400, 429, 500])
def test_what_the_server_refuses_costs_nothing(shop, status):
    shop.upstream.answer = lambda exchange: exchange.send(status, b'{"error":{"message":"no"}}')
    answer, record = shop.ask("/v1/chat/completions")
    assert answer.status_code == status
    assert "cost_usd" not in record["ai"] and "tokens" not in record["ai"], record


def test_what_is_denied_costs_nothing(shop):
    answer = httpx.post(shop.gateway.url + "/v1/chat/completions", json=EVERYTHING, headers={"x-api-key": keys.new_key()})
    assert answer.status_code == 401 and "tokens" not in shop.record(answer).get("ai", {})
