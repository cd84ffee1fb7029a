"""Clients in processes of their own: what their libraries print is what the test reads."""

import json
import os
import subprocess
import sys


def run(program, **environment):
    """The JSON that a Python program prints; it finds `json` and `os` imported."""
    answer = subprocess.run(
        [sys.executable, "-c", "import json, os\n" + program], capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | environment)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def settings(url, key):
    """The variables by which the clients of OpenAI, Anthropic and Ollama know where to ask, and with what key."""
    return {"OPENAI_BASE_URL": url + "/v1", "OPENAI_API_KEY": key, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": key,
            "OLLAMA_HOST": url, "OLLAMA_API_KEY": key}
