"""The command line and docs/cli.md know the same commands and options."""

import re
from functools import cache
from pathlib import Path

import pytest

from harness.gateway import run

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: Of every command.
COMMON = {"--help", "--version"}


@cache
def helped(*command):
    """Options of a command, and its subcommands."""
    answer = run(*command, "--help")
    assert answer.returncode == 0, answer.stderr
    text = answer.stdout
    options = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.M)) - COMMON
    _, _, below = text.partition("\nSUBCOMMANDS:\n")
    return options, re.findall(r"^  ([a-z-]+) ", below.partition("\n\n  See")[0], re.M)


def walk(*command):
    """A command, and all below it."""
    options, below = helped(*command)
    yield command, options
    for name in below:
        yield from walk(*command, name)


@pytest.fixture(scope="module")
def commands():
    return dict(walk())


def test_every_command_has_its_place(commands):
    table = (DOCS / "cli.md").read_text()
    for [name] in filter(lambda one: len(one) == 1, commands):
        assert re.search(rf"^\| \[?`{name}[ `]", table, re.M), f"docs/cli.md lists no `{name}`"


def test_every_option_is_written_down(commands):
    text = "\n".join(path.read_text() for path in DOCS.glob("*.md"))
    missing = [f"{' '.join(command)} {option}" for command, options in commands.items() for option in sorted(options)
               if not re.search(re.escape(option) + r"(?![a-z-])", text)]
    assert missing == []


def test_nothing_is_written_down_that_is_not_there(commands):
    known = set().union(*commands.values()) | COMMON
    # What other programs are called with.
    others = {"--cacert"}
    said = set(re.findall(r"`(--[a-z-]+)", (DOCS / "cli.md").read_text()))
    assert said - known - others == set()
