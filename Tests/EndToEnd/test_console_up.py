"""The console of a real `up`, in a real browser: what was sent is what it shows, on every page.

`test_console.py` looks at a cluster that is made up, which is larger and older than any that a test can send requests to.
"""

import json
import os
import pathlib

import pytest
import yaml

from harness import objects
from harness.browser import CHROMIUM, Browser
from harness.mcp_server import MCPProcess
from harness.models import Model
from harness.pages import CALM, PAGES, login, show, strangers
from harness.town import Town
from harness.upstream import Upstream

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

#: Numbers of the line at the top of a page, by their names.
FACTS = """Object.fromEntries([...document.querySelectorAll('.facts .fact')].map(
    fact => [fact.querySelector('.label').innerText, fact.querySelector('.value').innerText]))"""
ROWS = "Number(document.querySelector('#table').getAttribute('aria-rowcount')) - 1"
DETAIL = "document.querySelector('#detail').innerText"


@pytest.fixture(scope="module")
def servers():
    with Upstream(Model()) as model, MCPProcess("json") as tools, Upstream() as files:
        yield model, tools, files


@pytest.fixture(scope="module")
def town(make_gateway, servers):
    return Town(make_gateway("town"), *servers).start().everything()


@pytest.fixture
def page(tmp_path):
    with Browser(tmp_path) as browser:
        page = browser.page()
        page.look()
        yield page
        assert page.wrong == []


def table(page, selector):
    """Rows of a table as lists of texts."""
    return page.run(
        f"[...document.querySelectorAll({json.dumps(selector)} + ' tbody tr')].map("
        "row => [...row.cells].map(cell => cell.innerText.trim()))")


def item(page, title):
    """What is said of a policy or guarantee, opened."""
    return page.run(
        f"(() => {{ const found = [...document.querySelectorAll('details.item')].find("
        f"one => one.querySelector('.title').innerText.replace(/\\s+/g, ' ').trim() === {json.dumps(title)});"
        " if (!found) return null; found.open = true; return found.innerText; })()")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_every_page(page, town, look):
    login(page, town, "viewer")
    page.look(**{"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844, "phone": True}}[look])
    for name in PAGES:
        show(page, town, name)
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"
        assert not page.run("document.querySelector('.state[role=alert]')?.innerText ?? ''"), name
        if pictures := os.environ.get("SALLYPORT_SCREENSHOTS"):
            page.picture(pathlib.Path(pictures) / f"up-{name or 'overview'}-{look}.png")
    assert strangers(page, town) == [], "nothing is fetched from outside"


def test_the_link_opens_once(page, town):
    link = town.link
    page.open(link)
    page.wait(CALM)
    assert "local operator" in page.text(".who .name")
    assert "Operator" in page.text(".who .sight")
    assert town.link != link, "the next one is there"
    page.call("Network.clearBrowserCookies")
    page.open(link)
    page.wait("document.querySelector('#key')")
    page.wrong.clear()  # the browser itself tells of the refusal


def test_a_key_without_a_role_opens_nothing(page, town):
    page.open(town.url)
    page.wait("document.querySelector('#key')")
    page.click("#key")
    page.type(town.keys["alice"])
    page.key("Enter")
    page.wait("document.querySelector('#problem').textContent")
    page.wrong.clear()  # the browser itself tells of the refusal
    page.open(town.url + "/records")
    page.wait("location.pathname === '/login'")


def test_overview_has_the_numbers_of_what_was_sent(page, town):
    login(page, town, "viewer")
    facts = page.run(FACTS)
    assert facts["Allowed"] == str(town.counts["allowed"])
    assert facts["Denied"] == str(town.counts["denied"])
    assert facts["Guarantees"] == "1 refuted"
    cost = sum(float(record["ai"].get("cost_usd", 0)) for record in town.records() if "ai" in record)
    assert cost > 0 and facts["Cost"] == f"${cost:.2f}" if cost >= 0.01 else f"${cost:.4f}"
    assert "would deny 5 allowed records" in page.text("#alarms")
    assert "agent -> ai/vectors on TCP 6333 is allowed" in page.text("#guarantees")
    denied = table(page, "#denied")
    assert sum(int(row[1]) for row in denied) <= town.counts["denied"]
    assert any("ai/bob" in row[0] for row in denied)
    assert [row[0] for row in table(page, "#spent")] == ["ai/alice"]


def test_records_are_all_there(page, town):
    login(page, town, "viewer", "/records")
    page.wait(f"{ROWS} === {len(town.requests)}")
    page.click("#filter")
    page.type("verdict=denied")
    page.key("Enter")
    page.wait("location.search.includes('filter=verdict%3Ddenied')")
    page.wait(f"{CALM} && {ROWS} === {town.counts['denied']}")
    page.open(f"{town.url}/records?filter=ai.tool%3Dshell")
    page.wait(f"{ROWS} === 1")
    assert "tools/call shell" in page.text("#row-0")


#: What is said of a denial, and what would allow it.
SAID = {
    "missing_key": ["missing key", "A key, token or client certificate that AccessPolicy ai/chat lists"],
    "unknown_key": ["unknown key", "A good credential", "No rule was asked."],
    "key_not_listed": ["no rule matches", "One more rule in AccessPolicy ai/chat", "accessKeys: {names: [bob]}"],
    "model_not_listed": ["model not allowed", "One more entry in to of rule talk", "models: [large]"],
    "class_not_listed": ["operation not allowed", "classes: [ModelMutation, ServerFetch]"],
    "tool_not_listed": ["tool not allowed", "tools: [shell]"],
    "path_not_listed": ["no rule matches", "value: /files/secret"],
    "method_not_listed": ["no rule matches", "methods: [DELETE]"],
    "no_policy": ["no policy", "An AccessPolicy for HTTPRoute ai/bare", "- name: allow-alice"],
    "unknown_endpoint": ["unknown endpoint", "has no POST /api/nothing"],
    "budget_exhausted": ["budget exhausted", "A higher limit in Budget ai/small", "Rule talk matches, but budget exhausted"],
}


@pytest.mark.parametrize("denial", SAID)
def test_details_say_what_would_allow_it(page, town, denial):
    login(page, town, "viewer", f"/records?id={town.denied[denial]}")
    page.wait(f"{DETAIL}.includes('What would allow this')")
    text = page.run(DETAIL)
    for words in SAID[denial]:
        assert words in text
    assert ".." not in text.replace("...", ""), "a sentence ends once"
    traced = page.run("[...document.querySelectorAll('#detail h3')].some(h => h.innerText === 'Rules that were looked at')")
    assert traced == (denial not in ("unknown_key", "no_policy"))
    if denial.endswith("_not_listed"):
        assert denial.replace("_", " ") in text


def test_records_come_live(page, town):
    login(page, town, "viewer", "/records?live=1")
    page.wait("document.querySelector('.live-dot.on')")
    page.wait(f"{ROWS} === {len(town.requests)}")
    town.chat()
    page.wait(f"{ROWS} === {len(town.requests)}")
    town.chat("large")
    page.wait(f"{ROWS} === {len(town.requests)} && document.querySelector('#row-0 .tag.denied')")
    assert "chat large" in page.text("#row-0")


def test_policies_say_what_they_did(page, town):
    records = town.records()
    login(page, town, "viewer", "/policies")
    of = lambda verdict: sum(record.get("policy") == "ai/chat" and record["verdict"] == verdict for record in records)
    text = item(page, "AccessPolicy ai/chat")
    assert f"{of('allowed')} allowed" in text and f"{of('denied')} denied" in text
    rules = {row[0]: row[1:4] for row in table(page, "details.item[open]")}
    assert rules["talk"][0] == str(of("allowed"))
    assert rules["manage"] == ["0", "0", "never"]
    assert "never used" in item(page, "AccessPolicy ai/unused")
    staged = item(page, "AccessPolicy ai/chat-next")
    assert "staged" in staged and "5 newly denied" in staged
    page.run("[...document.querySelectorAll('#policy-choice button')].find(b => b.innerText.startsWith('Never used')).click()")
    page.wait("location.search.includes('show=unused')")
    assert item(page, "AccessPolicy ai/chat") is None and item(page, "AccessPolicy ai/unused")


def test_ai_shows_models_keys_tokens_and_cost(page, town):
    records = [record for record in town.records() if record.get("ai", {}).get("tokens")]
    login(page, town, "viewer", "/ai")
    tokens = lambda name, kind: sum(r["ai"]["tokens"][kind] for r in records if r["ai"]["model"] == name)
    shown = lambda value: f"{value:,}" if value < 10_000 else f"{value / 1000:.1f}K".replace(".0K", "K")
    models = {row[0].split("\n")[0]: row for row in table(page, "#models")}
    for name in ("small-1", "small-2"):
        assert models[name][2:4] == [shown(tokens(name, "input")), shown(tokens(name, "output"))]
        assert models[name][7].startswith("$") and models[name][7] != "$0"
    principals = {row[0].split("\n")[0]: row for row in table(page, "#principals")}
    assert "ai/alice" in principals and "ai/bob" in principals
    assert principals["ai/alice"][4].startswith("$0.0")
    assert {row[0].split("\n")[0] for row in table(page, "#tools-table")} == {"add", "echo_text", "shell"}
    assert {"Inference", "CodeExecution", "ModelMutation, ServerFetch"} <= {row[0] for row in table(page, "#classes")}


def test_guarantees_are_proved_or_have_a_witness(page, town):
    login(page, town, "viewer", "/guarantees")
    assert "1 rule of 6 can be broken." in page.text("#guarantees")
    refuted = item(page, "documents / nobody-reads")
    assert "refuted" in refuted and "ai/agent -> ai/vectors on TCP 6333 is allowed" in refuted
    assert "NetworkPolicy ai/agent spec.egress" in refuted
    assert "proved" in item(page, "documents / agents-read")


def test_objects_have_their_conditions(page, town):
    login(page, town, "viewer", "/objects")
    rows = {row[0].split("\n")[0]: row[1] for row in table(page, "#objects")}
    assert "Programmed" in rows["ai/front"]
    assert "TargetNotFound" in rows["ai/unused"] or "NotFound" in rows["ai/unused"]
    page.open(town.url + "/objects?show=bad")
    page.wait("document.querySelector('#objects table')")
    assert [row[0].split("\n")[0] for row in table(page, "#objects")] == ["ai/unused"]


def test_map_shows_who_called_what(page, town):
    login(page, town, "viewer", "/map")
    page.wait("document.querySelector('#map').dataset.settled || document.querySelector('#map-state .state')")
    page.click("details.card summary")
    text = page.text("#map-table")
    assert "ai/model" in text and "ai/tools" in text


def test_another_namespace_sees_nothing_of_it(page, town):
    login(page, town, "elsewhere")
    assert page.run(FACTS)["Allowed"] == "0"
    show(page, town, "records")
    assert "No records yet" in page.text("main")
    show(page, town, "objects")
    assert "No objects" in page.text("main") and "ai/chat" not in page.text("main")


def added(policy, snippet):
    """The policy with what was said to be added to it: rules, or entries of `to` of its first rule."""
    entries = yaml.safe_load(snippet)
    if "from" in entries[0]:
        return policy | {"spec": policy["spec"] | {"rules": policy["spec"]["rules"] + entries}}
    [first, *others] = policy["spec"]["rules"]
    return policy | {"spec": policy["spec"] | {"rules": [first | {"to": first["to"] + entries}, *others]}}


def test_what_would_allow_it_does(make_gateway, servers):
    town = Town(make_gateway("advice"), *servers).start().everything()
    asked = {
        "key_not_listed": lambda: town.chat(key="bob"), "model_not_listed": lambda: town.chat("large"),
        "class_not_listed": lambda: town.send("/api/pull", {"model": "small-1"}),
        "tool_not_listed": lambda: town.tool("shell", command="true"),
        "path_not_listed": lambda: town.send("/files/secret"),
        "method_not_listed": lambda: town.send("/files/public/a", method="DELETE"), "no_policy": lambda: town.send("/bare"),
    }
    for denial, ask in asked.items():
        [record] = town.api(f"records/{town.denied[denial]}")["records"]
        [change] = town.api(f"explain?record={record['id']}")["explanation"]["changes"]
        before = town.policies
        if policy := record.get("policy"):
            town.policies = [added(one, change["yaml"]) if f"ai/{one['metadata']['name']}" == policy else one for one in before]
        else:
            town.policies = [*before, yaml.safe_load(change["yaml"])]
        town.change()
        now = town.record(ask())
        # A model without a price, where dollars are counted, has a reason of its own.
        assert now["verdict"] == "allowed" or now["reason"] == "unpriced_model", (denial, now)
        town.policies = before


def test_ending_with_pages_open_is_no_error(page, make_gateway, servers):
    town = Town(make_gateway("ending"), *servers).start()
    login(page, town, "viewer", "/records?live=1")
    page.wait("document.querySelector('.live-dot.on')")
    assert town.gateway.stop() == 0
    assert "error" not in town.gateway.output
    page.wrong.clear()  # the browser itself tells that nobody answers
