"""OpenAI's chat completions, completions, responses, embeddings and models, as its clients expect them."""

import base64
import json
import struct

from answers import MODEL, Answer, last_text, now, text_of


def event(value, name=None):
    """One server-sent event."""
    prefix = f"event: {name}\n" if name else ""
    return f"{prefix}data: {json.dumps(value)}\n\n".encode()


def usage(answer):
    """Token counts as chat completions have them."""
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.tokens,
        "total_tokens": answer.prompt_tokens + answer.tokens,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def wants_usage(asked):
    """Whether a stream is to end with token counts: only when it was asked for, as with the real servers."""
    return bool((asked.get("stream_options") or {}).get("include_usage"))


async def models(request, reply):
    """GET /v1/models; with the fields that Anthropic's clients look for too."""
    entry = {"id": MODEL, "object": "model", "created": 1, "owned_by": "nobody", "type": "model"}
    entry |= {"display_name": "Stand-in", "created_at": "1970-01-01T00:00:01Z"}
    body = {"object": "list", "data": [entry], "has_more": False, "first_id": MODEL, "last_id": MODEL}
    await reply.send(200, body)


async def chat_completions(request, reply):
    """POST /v1/chat/completions"""
    asked = await request.json()
    answer = Answer(request, last_text(asked["messages"]))
    await answer.begin()
    common = {"id": "chatcmpl-stand-in", "created": now(), "model": asked.get("model", MODEL)}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        body = common | {"object": "chat.completion", "choices": [choice], "usage": usage(answer)}
        return await reply.send(200, body)

    common["object"] = "chat.completion.chunk"
    counted = wants_usage(asked)

    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event(common | {"choices": [choice]} | ({"usage": None} if counted else {}))

    await reply.start(200, "text/event-stream", [("cache-control", "no-cache")])
    await reply.write(chunk({"role": "assistant", "content": ""}))
    async for piece in answer.stream():
        await reply.write(chunk({"content": piece}))
    await reply.write(chunk({}, "stop"))
    if counted:
        await reply.write(event(common | {"choices": [], "usage": usage(answer)}))
    await reply.write(b"data: [DONE]\n\n")
    await reply.end()


async def completions(request, reply):
    """POST /v1/completions"""
    asked = await request.json()
    prompt = asked["prompt"]
    answer = Answer(request, prompt if isinstance(prompt, str) else " ".join(map(str, prompt)))
    await answer.begin()
    common = {"id": "cmpl-stand-in", "object": "text_completion", "created": now(), "model": asked.get("model", MODEL)}

    def choice(text, finish):
        return {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}

    if not asked.get("stream"):
        return await reply.send(200, common | {"choices": [choice(answer.text, "stop")], "usage": usage(answer)})
    await reply.start(200, "text/event-stream")
    async for piece in answer.stream():
        await reply.write(event(common | {"choices": [choice(piece, None)]}))
    await reply.write(event(common | {"choices": [choice("", "stop")]}))
    if wants_usage(asked):
        await reply.write(event(common | {"choices": [], "usage": usage(answer)}))
    await reply.write(b"data: [DONE]\n\n")
    await reply.end()


def response_object(answer, model, status):
    """The `response` of the responses API."""
    part = {"type": "output_text", "text": answer.text, "annotations": []}
    message = {"id": "msg_stand_in", "type": "message", "role": "assistant", "status": status, "content": [part]}
    done = status == "completed"
    tokens = {
        "input_tokens": answer.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": answer.tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": answer.prompt_tokens + answer.tokens,
    }
    return {
        "id": "resp_stand_in",
        "object": "response",
        "created_at": now(),
        "status": status,
        "model": model,
        "output": [message] if done else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": tokens if done else None,
    }


async def responses(request, reply):
    """POST /v1/responses"""
    asked = await request.json()
    given = asked["input"]
    answer = Answer(request, given if isinstance(given, str) else last_text(given))
    await answer.begin()
    model = asked.get("model", MODEL)
    if not asked.get("stream"):
        return await reply.send(200, response_object(answer, model, "completed"))
    await reply.start(200, "text/event-stream")
    number = 0

    async def tell(kind, **fields):
        nonlocal number
        await reply.write(event({"type": kind, "sequence_number": number, **fields}, kind))
        number += 1

    place = {"item_id": "msg_stand_in", "output_index": 0, "content_index": 0}
    item = {"id": "msg_stand_in", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    await tell("response.created", response=response_object(answer, model, "in_progress"))
    await tell("response.output_item.added", output_index=0, item=item)
    part = {"type": "output_text", "text": "", "annotations": []}
    await tell("response.content_part.added", **place, part=part)
    async for piece in answer.stream():
        await tell("response.output_text.delta", **place, delta=piece, logprobs=[])
    whole = response_object(answer, model, "completed")
    await tell("response.output_text.done", **place, text=answer.text, logprobs=[])
    await tell("response.content_part.done", **place, part=whole["output"][0]["content"][0])
    await tell("response.output_item.done", output_index=0, item=whole["output"][0])
    await tell("response.completed", response=whole)
    await reply.end()


async def embeddings(request, reply):
    """POST /v1/embeddings; the official client asks for base64 unless told otherwise."""
    asked = await request.json()
    texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    data = []
    for index, text in enumerate(texts):
        vector = embed(str(text))
        if asked.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        data.append({"object": "embedding", "index": index, "embedding": vector})
    words = sum(len(text_of(str(text)).split()) for text in texts)
    tokens = {"prompt_tokens": words, "total_tokens": words}
    await reply.send(200, {"object": "list", "model": asked.get("model", MODEL), "data": data, "usage": tokens})


def embed(text, size=8):
    """A vector that depends on the text and on nothing else."""
    return [sum(ord(char) for char in text[start::size]) % 97 / 97 for start in range(size)]


ROUTES = {
    ("GET", "/v1/models"): models,
    ("POST", "/v1/chat/completions"): chat_completions,
    ("POST", "/v1/completions"): completions,
    ("POST", "/v1/responses"): responses,
    ("POST", "/v1/embeddings"): embeddings,
}
