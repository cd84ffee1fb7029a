"""A model server that counts tokens as a test wants them counted: the APIs of OpenAI, Anthropic and Ollama."""

import json
import threading
from dataclasses import dataclass, field

OPENAI_USAGE = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050,
                "prompt_tokens_details": {"cached_tokens": 200}, "completion_tokens_details": {"reasoning_tokens": 10}}
RESPONSES_USAGE = {"input_tokens": 1000, "output_tokens": 50, "total_tokens": 1050,
                   "input_tokens_details": {"cached_tokens": 200}, "output_tokens_details": {"reasoning_tokens": 10}}
ANTHROPIC_USAGE = {"input_tokens": 300, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 50}
OLLAMA_USAGE = {"prompt_eval_count": 12, "eval_count": 7}


@dataclass
class Model:
    """Answers for `harness.upstream.Upstream`; what it says is settable while it runs."""

    pieces: list = field(default_factory=lambda: ["one", " two", " three"])
    #: False: it never says how many tokens there were.
    counts: bool = True
    #: Goes on with the last piece until nobody listens any more.
    is_endless: bool = False
    #: A `Gate` before each piece of a stream.
    gate: object = None
    #: Numbers in place of those above, for OpenAI's chat.
    usage: dict = field(default_factory=lambda: OPENAI_USAGE)
    #: How often a stream ended because the connection was closed.
    hung_up: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __call__(self, exchange):
        asked = json.loads(exchange.body)
        path = exchange.target
        stream = asked.get("stream", path.startswith("/api/"))
        answer = {
            "/v1/chat/completions": self._chat, "/v1/completions": self._completion, "/v1/responses": self._response,
            "/v1/embeddings": self._embedding, "/v1/messages": self._message, "/api/chat": self._ollama,
            "/api/generate": self._ollama, "/api/embed": self._ollama_embedding,
        }[path]
        try:
            answer(exchange, asked, stream)
        except OSError:
            self.hung_up.release()
            raise

    def _said(self):
        for piece in self.pieces:
            if self.gate:
                self.gate.wait()
            yield piece
        while self.is_endless:
            if self.gate:
                self.gate.wait()
            yield self.pieces[-1]

    def _chat(self, exchange, asked, stream, kind="chat.completion"):
        common = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
        usage = {"usage": self.usage} if self.counts else {}
        if not stream:
            text = "".join(self.pieces)
            choice = {"index": 0, "finish_reason": "stop", "text": text, "message": {"role": "assistant", "content": text}}
            return exchange.send(body=encoded(common | {"object": kind, "choices": [choice]} | usage))
        exchange.begin("text/event-stream")
        wanted = (asked.get("stream_options") or {}).get("include_usage")
        null = {"usage": None} if wanted else {}
        for piece in self._said():
            choice = {"index": 0, "delta": {"content": piece}, "text": piece, "finish_reason": None}
            exchange.piece(event(common | {"object": f"{kind}.chunk", "choices": [choice]} | null))
        last = {"index": 0, "delta": {}, "text": "", "finish_reason": "stop"}
        exchange.piece(event(common | {"object": f"{kind}.chunk", "choices": [last]} | null))
        if wanted and self.counts:
            exchange.piece(event(common | {"object": f"{kind}.chunk", "choices": []} | usage))
        exchange.piece(b"data: [DONE]\n\n")
        exchange.end()

    def _completion(self, exchange, asked, stream):
        self._chat(exchange, asked, stream, "text_completion")

    def _response(self, exchange, asked, stream):
        part = {"type": "output_text", "text": "".join(self.pieces), "annotations": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        whole = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": asked["model"],
                 "output": [item], "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        whole |= {"usage": RESPONSES_USAGE} if self.counts else {}
        if not stream:
            return exchange.send(body=encoded(whole))
        exchange.begin("text/event-stream")
        number, begun = 0, whole | {"status": "in_progress", "output": [], "usage": None}
        exchange.piece(event({"type": "response.created", "sequence_number": 0, "response": begun}, "response.created"))
        for number, piece in enumerate(self._said(), 1):
            delta = {"type": "response.output_text.delta", "sequence_number": number, "item_id": "msg_1", "output_index": 0,
                     "content_index": 0, "delta": piece, "logprobs": []}
            exchange.piece(event(delta, "response.output_text.delta"))
        ending = {"type": "response.completed", "sequence_number": number + 1, "response": whole}
        exchange.piece(event(ending, "response.completed"))
        exchange.end()

    def _embedding(self, exchange, asked, _):
        data = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
        usage = {"usage": {"prompt_tokens": 8, "total_tokens": 8}} if self.counts else {}
        exchange.send(body=encoded({"object": "list", "model": asked["model"], "data": data} | usage))

    def _message(self, exchange, asked, stream):
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked["model"], "stop_sequence": None}
        text = {"type": "text", "text": "".join(self.pieces)}
        usage = ANTHROPIC_USAGE if self.counts else {}
        if not stream:
            ended = {"content": [text], "stop_reason": "end_turn", "usage": usage | {"output_tokens": 40}}
            return exchange.send(body=encoded(message | ended))
        exchange.begin("text/event-stream")

        def tell(kind, **fields):
            exchange.piece(event({"type": kind, **fields}, kind))

        begun = {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
        tell("message_start", message=message | begun)
        tell("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in self._said():
            tell("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        tell("content_block_stop", index=0)
        tell("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 40})
        tell("message_stop")
        exchange.end()

    def _ollama(self, exchange, asked, stream):
        common = {"model": asked["model"], "created_at": "2026-01-01T00:00:00Z"}
        totals = {"done": True, "done_reason": "stop"} | (OLLAMA_USAGE if self.counts else {})

        def said(text):
            return {"response": text, "message": {"role": "assistant", "content": text}}

        if not stream:
            return exchange.send(body=encoded(common | said("".join(self.pieces)) | totals))
        exchange.begin("application/x-ndjson")
        for piece in self._said():
            exchange.piece(encoded(common | said(piece) | {"done": False}) + b"\n")
        exchange.piece(encoded(common | said("") | totals) + b"\n")
        exchange.end()

    def _ollama_embedding(self, exchange, asked, _):
        usage = {"prompt_eval_count": 8} if self.counts else {}
        exchange.send(body=encoded({"model": asked["model"], "embeddings": [[0.5]]} | usage))


def encoded(value):
    """JSON."""
    return json.dumps(value).encode()


def event(value, name=None):
    """One server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + b"data: " + encoded(value) + b"\n\n"
