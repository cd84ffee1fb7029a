"""A door to servers of several kinds, for tests of what a request says."""

import json

import httpx

from . import keys, objects

CHAT = "/v1/chat/completions"
SAY = [{"role": "user", "content": "hi"}]
#: A model that the rules allow, and one that they do not.
ALLOWED, OTHER = "llama3.2:1b", "qwen3"

#: By host name: the server that stands there, and what is allowed of it where that is not what the Gateway allows.
KINDS = {"openai": "openai", "anthropic": "anthropic", "kserve": "kserve", "media": "vllm", "aliases": "openai",
         "strict": "openai", "any": "ollama", "closed": "openai"}
RULES = {
    "media": {"classes": ["Inference", "ServerFetch"], "mediaHosts": ["images.example.com", "*.cdn.example.com"]},
    "aliases": {"classes": ["Inference"], "models": ["fast", "llama*"]}, "any": {"classes": ["Inference"]},
    "strict": {"classes": ["Inference"], "strict": True}, "closed": {"classes": ["Inference"]},
}


class JudgedHouse:
    """A gateway and its caller; Ollama answers to every name that is no other's."""

    def __init__(self, gateway, upstream, small):
        self.gateway, self.upstream, self.small, self.key = gateway, upstream, small, keys.new_key()
        filters = {"aliases": [objects.extension("aliases")], "closed": [objects.extension("closed")]}
        found = [objects.route("ollama", backend="ollama"), objects.backend("ollama", upstream.port, server="ollama")]
        for name, kind in KINDS.items():
            found.append(objects.backend(name, upstream.port, server=kind))
            found.append(objects.route(name, backend=name, hostnames=[f"{name}.test"], filters=filters.get(name, ())))
            if name in RULES:
                found.append(objects.policy(name, name, "HTTPRoute", to=[RULES[name]]))
        found += [
            objects.backend("small", small.port, server="ollama"),
            objects.model_filter("aliases", {"models": ["fast"], "rename": "llama3.2:1b"},
                                 {"models": ["llama-tiny*"], "backendRef": {"name": "small", "port": 80}}),
            objects.model_filter("closed", {"models": ["known"], "rename": "llama"}, unmatched="Deny"),
        ]
        llama = {"classes": ["Inference", "Metadata"], "models": ["llama*"]}
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
            objects.access_key("alice", self.key), objects.policy(to=[llama]), *found)
        gateway.start()

    def post(self, path, body, host="ollama", **headers):
        """The answer to one request."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"host": f"{host}.test", "x-api-key": self.key, "content-type": "application/json"} | headers
        return httpx.post(self.gateway.url + path, content=content, headers=headers, timeout=20)


def code(answer):
    """The word that a program finds in an answer of OpenAI's shape."""
    return answer.json()["error"]["code"]


def form(**fields):
    """A body of `multipart/form-data` with a file; its boundary is `edge`."""
    part = '--edge\r\ncontent-disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    text = "".join(part.format(name, "", value) for name, value in fields.items())
    return (text + part.format("file", '; filename="a.wav"', "RIFF") + "--edge--\r\n").encode()
