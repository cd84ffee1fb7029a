"""What a model server streams: the events of an OpenAI chat completion, as vLLM writes them."""

import json

#: A request for a stream.
BODY = b'{"model":"stand-in","stream":true,"messages":[{"role":"user","content":"Tell me a long story."}]}'
_START = (b'data: {"id":"chatcmpl-5d7f3c1e9a8b4f60a2c4e6d8b0f1a3c5","object":"chat.completion.chunk",'
          b'"created":1700000000,"model":"stand-in","choices":[')
EVENT = _START + b'{"index":0,"delta":{"content":" something"},"logprobs":null,"finish_reason":null,"token_ids":null}]}\n\n'
LAST = (_START + b'{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":null,'
        b'"token_ids":null}]}\n\n')
#: Sent when the request asks for it: what the answer cost.
USAGE = _START + b'],"usage":{"prompt_tokens":24,"total_tokens":1024,"completion_tokens":1000}}\n\n'
DONE = b"data: [DONE]\n\n"
#: The head of the answer.
HEAD = (b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
        b"transfer-encoding: chunked\r\n\r\n")


def chunk(event):
    """The event as HTTP/1.1 sends it."""
    return b"%x\r\n%b\r\n" % (len(event), event)


def ending(body):
    """The chunks that end the stream which this request has asked for."""
    wants_usage = (json.loads(body).get("stream_options") or {}).get("include_usage")
    return [chunk(LAST), *([chunk(USAGE)] if wants_usage else []), chunk(DONE), b"0\r\n\r\n"]
