"""Anthropic's messages, as its clients expect them."""

from answers import MODEL, Answer, count, last_text
from api_openai import event


def usage(answer, output):
    """Token counts as messages have them: what a cache had stands beside the input."""
    return {
        "input_tokens": answer.prompt_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
    }


async def messages(request, reply):
    """POST /v1/messages"""
    asked = await request.json()
    answer = Answer(request, last_text(asked["messages"]))
    await answer.begin()
    message = {
        "id": "msg_stand_in",
        "type": "message",
        "role": "assistant",
        "model": asked.get("model", MODEL),
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage(answer, answer.tokens),
    }
    if not asked.get("stream"):
        return await reply.send(200, message)
    await reply.start(200, "text/event-stream")

    async def tell(kind, **fields):
        await reply.write(event({"type": kind, **fields}, kind))

    # The input is counted where a stream begins, the output where it ends.
    opening = message | {"content": [], "stop_reason": None, "usage": usage(answer, 1)}
    await tell("message_start", message=opening)
    await tell("content_block_start", index=0, content_block={"type": "text", "text": ""})
    async for piece in answer.stream():
        delta = {"type": "text_delta", "text": piece}
        await tell("content_block_delta", index=0, delta=delta)
    await tell("content_block_stop", index=0)
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    await tell("message_delta", delta=ending, usage={"output_tokens": answer.tokens})
    await tell("message_stop")
    await reply.end()


async def count_tokens(request, reply):
    """POST /v1/messages/count_tokens"""
    asked = await request.json()
    await reply.send(200, {"input_tokens": count(last_text(asked["messages"]))})


ROUTES = {
    ("POST", "/v1/messages"): messages,
    ("POST", "/v1/messages/count_tokens"): count_tokens,
}
