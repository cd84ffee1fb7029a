"""Callers whose spending is counted."""

import json
import subprocess
import time

import anthropic
import httpx
import ollama
import openai

from . import keys, objects
from .gateway import BINARY

CHAT = "/v1/chat/completions"
SAY = [{"role": "user", "content": "hi"}]
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


class Caller:
    """A caller of one gateway."""

    def __init__(self, gateway, key):
        self.gateway, self.key = gateway, key

    def ask(self, path=CHAT, host="x", **more):
        """One request."""
        body = {"model": "m", "messages": SAY, "max_tokens": 50} | more
        return httpx.post(self.gateway.url + path, json=body, headers={"x-api-key": self.key, "host": host}, timeout=30)

    def openai(self, retries=0):
        """OpenAI's client."""
        return openai.OpenAI(base_url=self.gateway.url + "/v1", api_key=self.key, max_retries=retries)

    def anthropic(self):
        """Anthropic's client."""
        return anthropic.Anthropic(base_url=self.gateway.url, api_key=self.key, max_retries=0)

    def ollama(self):
        """Ollama's client."""
        return ollama.Client(host=self.gateway.url, headers={"authorization": f"Bearer {self.key}"})

    def record(self, reason):
        """The one record with that reason."""
        [found] = self.gateway.wait_for_records(1, lambda record: record["reason"] == reason)
        return found


def opened(gateway, port, *found, limits=None, key=None):
    """A caller of that gateway, in front of a model on that port, with those objects beside what every gateway needs."""
    key = key or keys.new_key()
    objects.write(
        gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(objects.listener(gateway.port)),
        objects.route(), objects.backend("model", port, server="ollama"), objects.access_key("alice", key),
        objects.policy(limits=limits), *found)
    return Caller(gateway.start(), key)


def spent(gateway):
    """What the command line says is spent, by budget."""
    command = [BINARY, "budgets", "--state", str(gateway.state), "--output", "json"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return {entry["budget"]: entry for entry in json.loads(answer.stdout)}


def wait_for_spent(gateway, budget, amount):
    """Return once so much is on disk; the ledger is written a little later than it is spent."""
    deadline = time.monotonic() + 20
    while (found := spent(gateway).get(budget, {}).get("spent")) != amount:
        assert time.monotonic() < deadline, f"{budget}: {found} in place of {amount}"
        time.sleep(0.05)
