"""What the stand-in says, and how fast: the same words whatever the API."""

import asyncio
import os
import time

MODEL = "stand-in"
OPENING = "A stand-in answers; no model was asked. You said:"


def text_of(content):
    """Text of a message, whether it is a string or a list of parts."""
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content or [] if isinstance(part, dict))


def last_text(messages):
    """Text of the last message."""
    return text_of(messages[-1].get("content")) if messages else ""


def count(text):
    """Words of a text: what the stand-in calls tokens."""
    return len(text.split())


class Answer:
    """Words of one answer and the knobs of the request that asked for it.

    Headers (or environment variables, `STAND_IN_DELAY_MS` and so on) that tests turn:
    `x-stand-in-delay-ms` before the first piece, `x-stand-in-chunk-delay-ms` between pieces,
    `x-stand-in-chunks` how many pieces, `x-stand-in-abort-after` break the connection after so many.
    """

    def __init__(self, request, prompt):
        words = f"{OPENING} {prompt}".split()
        wanted = int(self._knob(request, "chunks", len(words)))
        words = (words * (wanted // len(words) + 1))[:wanted]
        self.pieces = [word if index == 0 else f" {word}" for index, word in enumerate(words)]
        self.text = "".join(self.pieces)
        self.prompt_tokens = count(prompt)
        self.tokens = len(self.pieces)
        self._delay = self._knob(request, "delay-ms", 0) / 1000
        self._between = self._knob(request, "chunk-delay-ms", 0) / 1000
        self._abort_after = int(self._knob(request, "abort-after", -1))

    @staticmethod
    def _knob(request, name, default):
        default = float(os.environ.get("STAND_IN_" + name.upper().replace("-", "_"), default))
        return request.number("x-stand-in-" + name, default)

    async def begin(self):
        """Waits as a model does before its first word."""
        if self._delay:
            await asyncio.sleep(self._delay)

    async def stream(self):
        """Pieces, each at its time."""
        for index, piece in enumerate(self.pieces):
            if index == self._abort_after:
                raise ConnectionAbortedError("asked to break off here")
            if index and self._between:
                await asyncio.sleep(self._between)
            yield piece


def now():
    """Seconds since 1970."""
    return int(time.time())


def sent_at():
    """Monotonic nanoseconds, so that a test on the same machine can tell how long a piece was under way."""
    return time.monotonic_ns()
