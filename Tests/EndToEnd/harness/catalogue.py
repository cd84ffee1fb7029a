"""The list of what requests mean on AI servers, read where it is, and written out as example requests."""

import os
import re
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[3]
#: Where material of others lies; the list lies beside it.
MATERIAL = Path(os.environ.get("SALLYPORT_CONFORMANCE") or _PROJECT.parent / "shared" / "conformance")
LIST = MATERIAL.parent / "catalogue" / "endpoint-catalogue.tsv"
NAME = "x1"

#: Words of the list that stand for several methods, or for one that is asked in another way.
METHODS = {"ANY": ["GET", "POST", "PUT", "DELETE"], "WS": ["WS"], "GRPC": ["GRPC"]}


class Row:
    """A line of the list."""

    def __init__(self, line):
        columns = line.split("\t")
        self.server, self.path = columns[0], columns[3]
        self.methods = [method for word in columns[2].split(",") for method in METHODS.get(word, [word])]
        self.is_inference_only = columns[4] == "INFER"

    def requests(self):
        """Methods and paths that the row stands for."""
        return [(method, path) for path in self._examples() for method in self.methods]

    def _examples(self):
        text = self.path.replace("…", "/api/v2/tenants/t/databases/d")
        # A variable of the environment; this is what it holds where nobody chose otherwise.
        text = f"/v1/endpoints/e/deployedModels/{NAME}:predict" if text == "$AIP_PREDICT_ROUTE" else text
        text = re.sub(r"^:\d+", "", text).partition("?")[0]
        text = re.sub(r"^\{ns\}", "[/chain|/a/b]", text)
        return _Expander(text, self.methods == ["GRPC"], "/vectordb/" in text).expand()


class _Expander:
    """Writes a pattern of the list out: `(a|b)`, `[optional]`, `{name}`, `{rest*}` and `*`."""

    def __init__(self, text, is_grpc, has_words):
        self.text, self.at, self.is_grpc, self.has_words = text, 0, is_grpc, has_words

    def expand(self, close=None):
        """All that the pattern stands for, up to the bracket that closes it."""
        done, current = [], [""]
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == close:
                break
            if character == "|" and close:
                done, current = done + current, [""]
            elif character == "*":
                current = [path for head in current for path in self._star(head)]
            else:
                tails = self._tails(character)
                current = [head + tail for head in current for tail in tails]
        return done + current

    def _tails(self, character):
        if character == "(":
            return self.expand(")")
        if character == "[":
            return ["", *self.expand("]")]
        if character == "{":
            end = self.text.index("}", self.at)
            name, self.at = self.text[self.at:end], end + 1
            return [NAME, f"{NAME}/y2.txt"] if name.endswith("*") else [NAME]
        return [character]

    def _star(self, head):
        if head.endswith("/"):
            return [f"{head}{NAME}", f"{head}{NAME}/y2"]
        if head.endswith(("-", "_")):
            return [f"{head}{NAME}"]
        if self.is_grpc:
            return [f"{head}Something"]
        return [head, f"{head}_{NAME}"] if self.has_words else [head, f"{head}/{NAME}"]


def rows():
    """The list by server; empty when it is not there."""
    found = {}
    if LIST.is_file():
        for line in LIST.read_text().splitlines()[1:]:
            row = Row(line)
            found.setdefault(row.server, []).append(row)
    return found
