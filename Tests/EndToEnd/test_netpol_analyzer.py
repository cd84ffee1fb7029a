"""Answers that netpol-analyzer expects of its own manifests, compared as sets with what our commands say.

`data/netpol-analyzer.tsv` names the cases that are compared in an adjusted copy, because the analysers differ on
purpose, and those that are left out. Each line has to be needed: what it is about must fail without it.
"""

import pytest

from harness.connections import comparison, netpol_analyzer, ours, page

CASES = netpol_analyzer.cases()
pytestmark = pytest.mark.skipif(not CASES, reason=f"there is nothing at {netpol_analyzer.HOME}")

#: By the name of a case: what is done with it, "left out" or adjustments, and why.
EXCEPTIONS = {name: (what, *why) for name, what, *why in page.lines("netpol-analyzer.tsv")}


def adjustments_of(case):
    """The adjustments that the list has for a case; none when it is compared as it is."""
    what, *_ = EXCEPTIONS.get(case.name, ("",))
    return tuple(what.split("+")) if what else ()


LEFT_OUT = [case for case in CASES if adjustments_of(case) == ("left out",)]
COMPARED = [case for case in CASES if case not in LEFT_OUT]


def failures(case, adjustments=()):
    """The differences; a command that refuses the manifests is one."""
    try:
        return comparison.differences(case, adjustments)
    except ours.Refused as refused:
        return [f"refused: {refused}"]


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case.name)
def test_answer(case):
    """The answer is the expected one; with adjustments, and not without."""
    adjustments = adjustments_of(case)
    found = failures(case, adjustments)
    assert not found, "\n".join(found[:20])
    if adjustments:
        assert failures(case), f"{case.name} needs no adjustment"


@pytest.mark.parametrize("case", LEFT_OUT, ids=lambda case: case.name)
def test_what_is_left_out_would_fail(case):
    """A case that passes has no place in the list."""
    try:
        found = failures(case)
    except (AssertionError, OSError) as problem:
        found = [str(problem)]
    assert found, f"{case.name} passes; take it off the list"


def test_the_list_names_cases_that_are_there():
    """No line is about nothing, and what is left out has its reason."""
    assert set(EXCEPTIONS) <= {case.name for case in CASES}
    assert all(why for what, *why in EXCEPTIONS.values() if what == "left out")


def test_the_page_says_what_the_lists_say():
    """docs/policy-conformance.md is of today."""
    assert page.PAGE.read_text() == page.text(), "write it anew: python -m harness.connections.page"
