#!/usr/bin/env python3
"""A stand-in for a model server: it speaks the APIs of OpenAI, Anthropic and Ollama, and no model is behind it.

It is here to try Sallyport with and to test it against. Its answers repeat what was said; it knows no
keys and no limits, so it belongs on loopback only. Python's standard library is all it needs.

    python3 stand_in.py --port 11434
    curl http://127.0.0.1:11434/v1/chat/completions -d '{"messages":[{"role":"user","content":"hello"}]}'

`answers.py` says which headers make it slow or make it break off; `probes.py` has endpoints for tests.
"""

import argparse
import asyncio
import signal
import ssl

import api_anthropic
import api_ollama
import api_openai
import probes
from http_server import listen

ROUTES = api_openai.ROUTES | api_anthropic.ROUTES | api_ollama.ROUTES


async def answer(request, reply, counters):
    """Finds who answers a request."""
    if request.path == "/counters":
        return await reply.send(200, counters)
    if request.path == "/":
        return await reply.send(200, b"Stand-in is running", "text/plain")
    route = ROUTES.get(("GET" if request.method == "HEAD" else request.method, request.path))
    if route:
        return await route(request, reply)
    for prefix, probe in probes.PREFIXES.items():
        if request.path.startswith(prefix):
            return await probe(request, reply)
    await request.body()
    error = {"message": f"the stand-in has no {request.method} {request.path}", "type": "not_found"}
    await reply.send(404, {"error": error})


def options():
    """The command line."""
    parser = argparse.ArgumentParser(description="A stand-in for a model server (no model behind it).")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=11434, help="port; 0 takes a free one (default: 11434)")
    parser.add_argument("--tls-cert", help="certificate chain in PEM: serve HTTPS")
    parser.add_argument("--tls-key", help="its private key in PEM")
    return parser.parse_args()


async def main():
    """Serves until it is told to stop."""
    chosen = options()
    tls = None
    if chosen.tls_cert:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(chosen.tls_cert, chosen.tls_key)
    server = await listen(answer, chosen.host, chosen.port, tls)
    port = server.sockets[0].getsockname()[1]
    scheme = "https" if tls else "http"
    print(f"stand-in model server (no model behind it) on {scheme}://{chosen.host}:{port}", flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
