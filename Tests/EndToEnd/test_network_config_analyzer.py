"""Queries of network-config-analyzer, with the numbers that it expects for answers.

`data/network-config-analyzer.tsv` names the queries that are left out; each would give another number.
"""

import pytest

from harness.connections import network_config_analyzer, ours, page

QUERIES = network_config_analyzer.queries()
pytestmark = pytest.mark.skipif(not QUERIES, reason=f"there is nothing at {network_config_analyzer.HOME}")


#: By the title of a query, or by kind: why it is left out.
EXCEPTIONS = dict(page.lines("network-config-analyzer.tsv"))


LEFT_OUT = [query for query in QUERIES if query.title in EXCEPTIONS]


@pytest.fixture(scope="module")
def analyser():
    """Keeps what it was told."""
    return network_config_analyzer.Analyser()


def is_left_out(query):
    """True when the list has the query or all of its kind."""
    return query.title in EXCEPTIONS or query.kind in EXCEPTIONS


@pytest.mark.parametrize("query", [query for query in QUERIES if not is_left_out(query)], ids=lambda query: query.title)
def test_query(analyser, query):
    """The number is the expected one."""
    assert analyser.count(query) == (query.expected or 0)


@pytest.mark.parametrize("query", LEFT_OUT, ids=lambda query: query.title)
def test_what_is_left_out_would_fail(analyser, query):
    """A query that gives the number has no place in the list."""
    try:
        found = analyser.count(query)
    except (ours.Refused, AssertionError, OSError) as problem:
        found = str(problem)
    assert found != (query.expected or 0), f"{query.title} passes; take it off the list"


def test_the_list_names_queries_that_are_there():
    """No line is about nothing."""
    assert set(EXCEPTIONS) <= {query.title for query in QUERIES} | {query.kind for query in QUERIES}
