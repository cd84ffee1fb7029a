"""Ollama's own API: newline-delimited JSON that streams unless told not to."""

import json
import time

from answers import MODEL, Answer, count, last_text
from api_openai import embed

VERSION = "0.0.0-stand-in"
DETAILS = {
    "parent_model": "",
    "format": "none",
    "family": "stand-in",
    "families": ["stand-in"],
    "parameter_size": "0",
    "quantization_level": "none",
}


def timestamp():
    """The time as Ollama writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def totals(answer):
    """What the last line of a stream counts."""
    return {
        "done": True,
        "done_reason": "stop",
        "total_duration": 1,
        "load_duration": 1,
        "prompt_eval_count": answer.prompt_tokens,
        "prompt_eval_duration": 1,
        "eval_count": answer.tokens,
        "eval_duration": 1,
    }


async def speak(request, reply, asked, prompt, shape):
    """Streams or sends whole; `shape` puts a text where this endpoint has it."""
    answer = Answer(request, prompt)
    await answer.begin()
    common = {"model": asked.get("model", MODEL), "created_at": timestamp()}
    if asked.get("stream", True) is False:
        return await reply.send(200, common | shape(answer.text) | totals(answer))
    await reply.start(200, "application/x-ndjson")
    async for piece in answer.stream():
        line = common | shape(piece) | {"done": False}
        await reply.write(json.dumps(line).encode() + b"\n")
    await reply.write(json.dumps(common | shape("") | totals(answer)).encode() + b"\n")
    await reply.end()


async def chat(request, reply):
    """POST /api/chat"""
    asked = await request.json()
    prompt = last_text(asked["messages"])
    await speak(request, reply, asked, prompt, lambda text: {"message": {"role": "assistant", "content": text}})


async def generate(request, reply):
    """POST /api/generate"""
    asked = await request.json()
    await speak(request, reply, asked, asked.get("prompt", ""), lambda text: {"response": text})


async def tags(request, reply):
    """GET /api/tags"""
    model = {"name": MODEL, "model": MODEL, "modified_at": timestamp(), "size": 0, "digest": "0" * 64}
    await reply.send(200, {"models": [model | {"details": DETAILS}]})


async def running(request, reply):
    """GET /api/ps"""
    await reply.send(200, {"models": []})


async def version(request, reply):
    """GET /api/version"""
    await reply.send(200, {"version": VERSION})


async def show(request, reply):
    """POST /api/show"""
    await request.json()
    await reply.send(200, {"details": DETAILS, "model_info": {}, "capabilities": ["completion"]})


async def embeddings(request, reply):
    """POST /api/embed"""
    asked = await request.json()
    texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    counts = {"total_duration": 1, "load_duration": 1, "prompt_eval_count": sum(count(text) for text in texts)}
    vectors = [embed(text) for text in texts]
    await reply.send(200, {"model": asked.get("model", MODEL), "embeddings": vectors} | counts)


async def changed(request, reply):
    """What would change a real server, answered as if it had: a front door must not let it through."""
    await request.body()
    await reply.send(200, {"status": "success"})


ROUTES = {
    ("POST", "/api/chat"): chat,
    ("POST", "/api/generate"): generate,
    ("GET", "/api/tags"): tags,
    ("GET", "/api/ps"): running,
    ("GET", "/api/version"): version,
    ("POST", "/api/show"): show,
    ("POST", "/api/embed"): embeddings,
    ("POST", "/api/pull"): changed,
    ("POST", "/api/create"): changed,
    ("POST", "/api/copy"): changed,
    ("DELETE", "/api/delete"): changed,
}
