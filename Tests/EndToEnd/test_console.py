"""The console in a real browser: every page, login, filters, live records, keyboard, sizes, colours, and nothing on it that goes
wrong.

It looks at `console-demo`, which shows a cluster that is made up. SALLYPORT_CONSOLE names another console: a file with what
`console-demo` prints, `{"url": ..., "link": ..., "keys": {"operator": ...}}`; then tests that need made-up records are left out.
SALLYPORT_SCREENSHOTS names a directory for pictures of the pages.
"""

import json
import os
import pathlib
import subprocess

import pytest

from harness.browser import CHROMIUM, Browser
from harness.pages import CALM, PAGES, login, show, strangers

OTHER = os.environ.get("SALLYPORT_CONSOLE")
BINARY = pathlib.Path(
    os.environ.get("SALLYPORT_TOOLS") or pathlib.Path(os.environ.get("SALLYPORT_BIN", "sallyport")).parent) / "console-demo"

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not OTHER and not BINARY.exists(), reason=f"there is no console-demo in {BINARY.parent}"),
]
made_up = pytest.mark.skipif(bool(OTHER), reason="needs records that are made up")


class Console:
    """A console that runs, and what it told when it began."""

    def __init__(self, *options):
        self.process = None
        if OTHER and not options:
            told = json.loads(pathlib.Path(OTHER).read_text())
        else:
            self.process = subprocess.Popen([BINARY, *options], stdout=subprocess.PIPE)
            told = json.loads(self.process.stdout.readline())
        self.url, self.link, self.keys = told["url"], told["link"], told["keys"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def console():
    with Console() as console:
        yield console


@pytest.fixture
def page(tmp_path):
    with Browser(tmp_path) as browser:
        page = browser.page()
        page.look()
        yield page


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_every_page(page, console, look):
    login(page, console)
    page.look(**{"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844, "phone": True}}[look])
    for name in PAGES:
        show(page, console, name)
        if name == "map":
            page.wait("document.querySelector('#map').dataset.settled || document.querySelector('#map-state .state')")
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"
        assert page.run("document.querySelectorAll('main, nav, h1').length") == 3
        roles = {role for role, _ in page.tree()}
        assert {"main", "navigation", "heading", "banner"} <= roles, name
        nameless = [role for role, text in page.tree() if role in ("button", "link", "textbox", "slider") and not text]
        assert not nameless, f"{name}: {nameless}"
        if pictures := os.environ.get("SALLYPORT_SCREENSHOTS"):
            page.picture(pathlib.Path(pictures) / f"{name or 'overview'}-{look}.png")
    assert page.wrong == []
    assert strangers(page, console) == [], "nothing is fetched from outside"


CONTRAST = """(() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = text => { const m = text.match(/[0-9.]+/g).map(Number); return text.startsWith("color(") ? m.slice(0, 3).map(x => x * 255).concat(m[3] ?? 1) : m.length > 3 ? m : [...m, 1]; };
  const behind = element => { for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  const bad = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, style = getComputedStyle(element);
    if (!walk.currentNode.data.trim() || element.closest("svg, script, .unseen, noscript, [hidden]") || !element.checkVisibility()) continue;
    const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
    if (ratio < (size >= 24 ? 3 : 4.5)) bad.push(`${walk.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)} ${style.color}`);
  }
  return [...new Set(bad)].slice(0, 10);
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast(page, console, dark):
    page.look(dark=dark, calm=True)
    login(page, console)
    for name in PAGES:
        show(page, console, name)
        assert page.run(CONTRAST) == [], name


def test_login(page, console):
    page.open(console.url + "/records?filter=verdict%3Ddenied")
    page.wait("location.pathname === '/login'")
    page.click("#key")
    page.type("sp_wrong")
    page.key("Enter")
    page.wait("document.querySelector('#problem').textContent.includes('not right')")
    page.wrong.clear()  # the browser itself tells of the 401
    page.click("#key")
    page.type(console.keys["operator"])
    page.key("Enter")
    page.wait(CALM)
    assert page.run("location.pathname + location.search") == "/records?filter=verdict%3Ddenied"
    page.click(".who form button")
    page.wait("location.pathname === '/login'")
    page.open(console.url + "/records")
    page.wait("location.pathname === '/login'")
    assert page.wrong == []


@made_up
def test_link_of_the_start(page):
    with Console("--records", "10") as console:
        page.open(console.link)
        page.wait(CALM)
        assert "local operator" in page.text(".who .name")
        assert "token" not in page.run("location.href")
        assert page.wrong == []


def test_theme_is_kept(page, console):
    login(page, console)
    before = page.run("getComputedStyle(document.body.parentElement).backgroundColor")
    page.click("#theme")
    page.click("#theme")
    assert page.text("#theme-name") == "dark"
    assert page.run("getComputedStyle(document.body.parentElement).backgroundColor") != before
    show(page, console, "objects")
    assert page.run("document.documentElement.dataset.theme") == "dark"


@made_up
def test_filters_live_in_the_url(page, console):
    login(page, console, path="/records")
    page.wait("document.querySelectorAll('#table .rows .line').length > 10")
    page.click("#filter")
    page.type("verdict=denied")
    page.key("Enter")
    page.wait("location.search.includes('filter=verdict%3Ddenied')")
    page.wait(CALM + " && document.querySelectorAll('#table .tag.denied').length > 5 && !document.querySelector('#table .tag.allowed')")
    assert "filter=verdict" in page.run("document.querySelector('nav a[href^=\"/map\"]').href"), "other pages take it along"
    page.run("history.back()")
    page.wait("!location.search && document.querySelector('#table .tag.allowed')")
    # What cannot be read is told with its place, and the table stays.
    page.click("#filter")
    page.type("verdikt=denied")
    page.key("Enter")
    page.wait("document.querySelector('#filter').getAttribute('aria-invalid') === 'true'")
    assert "verdict" in page.text("#filter-problem")
    assert "verdikt" not in page.run("location.search")


@made_up
def test_keyboard_in_the_table(page, console):
    login(page, console, path="/records")
    page.wait("document.querySelectorAll('#table .rows .line').length > 10")
    page.run("document.querySelector('#table').focus()")
    for key in ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"]:
        page.key(key)
    assert page.run("document.querySelector('#table').getAttribute('aria-activedescendant')") == "row-2"
    page.key("Enter")
    page.wait("!document.querySelector('#detail').hidden && location.search.includes('id=')")
    assert page.run("document.activeElement.id") == "detail-title"
    page.wait("/Under the policies of now|As it was decided/.test(document.querySelector('#detail').innerText) && " + CALM)
    page.key("Escape")
    page.wait("document.querySelector('#detail').hidden && !location.search.includes('id=')")
    assert page.run("document.activeElement.id") == "table"
    page.key("End")
    page.wait("Number(document.querySelector('#table').getAttribute('aria-activedescendant').slice(4)) >= 199")
    assert page.wrong == []


@made_up
def test_details_say_what_would_allow_it(page, console):
    login(page, console, path="/records?filter=verdict%3Ddenied%20and%20point%3Dnode%20and%20destination.port%3D5432")
    page.wait("document.querySelectorAll('#table .rows .line').length > 0")
    page.click("#table .rows .line")
    page.wait("document.querySelector('#detail').innerText.includes('What would allow this')")
    assert "namespaceSelector" in page.text("#detail pre")
    page.click("#detail dd button.add")
    page.wait("location.search.includes('point')")
    assert page.wrong == []


@made_up
def test_columns(page, console):
    login(page, console, path="/records")
    page.wait("document.querySelectorAll('#table .rows .line').length > 10")
    page.click("#table-buttons .popup button")
    page.wait("document.querySelector('#table-buttons .sheet input')")
    page.run("[...document.querySelectorAll('#table-buttons label')].find(l => l.textContent === 'Model').querySelector('input').click()")
    page.wait("[...document.querySelectorAll('#table .head .cell')].some(c => c.textContent === 'Model')")
    assert "model" in page.run("new URLSearchParams(location.search).get('cols')")
    page.key("Escape")
    assert page.run("document.querySelector('#table-buttons .sheet').hidden")


@made_up
def test_records_come_live(page):
    with Console("--records", "50", "--live") as console:
        login(page, console, path="/records")
        page.click("#table-buttons > button")
        page.wait("location.search.includes('live=1') && document.querySelector('.live-dot.on')")
        first = page.run("document.querySelector('#row-0').textContent")
        page.wait(f"document.querySelector('#row-0').textContent !== {json.dumps(first)}")
        count = page.run("Number(document.querySelector('#table').getAttribute('aria-rowcount'))")
        page.wait(f"Number(document.querySelector('#table').getAttribute('aria-rowcount')) > {count + 2}")
        assert page.wrong == []


@made_up
def test_ten_thousand_rows(page):
    with Console("--records", "11000") as console:
        login(page, console, path="/records?from=-2h")
        page.wait("document.querySelectorAll('#table .rows .line').length > 10")
        page.wait(
            "(() => { const t = document.querySelector('#table'); t.scrollTop = t.scrollHeight;"
            " return Number(t.getAttribute('aria-rowcount')) > 10000; })()", seconds=240)
        assert page.run("document.querySelectorAll('#table .rows .line').length") < 120, "only what is seen is there"
        page.run("document.querySelector('#table').scrollTop = 150000")
        page.wait("document.querySelector('#row-4700')")
        assert page.wrong == []


@made_up
def test_map_by_keyboard_and_time(page, console):
    login(page, console, path="/map")
    page.wait("document.querySelector('#map').dataset.settled")
    page.run("document.querySelector('#map').focus()")
    page.key("ArrowRight")
    page.wait("document.querySelector('#map-side h2')")
    first = page.text("#map-side h2")
    for key in ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"]:
        page.key(key)
    assert page.run("document.querySelector('#say').textContent")
    page.key("Escape")
    page.wait("!document.querySelector('#map-side h2')")
    assert first
    page.run("document.querySelector('#slider').focus()")
    page.key("ArrowRight")
    page.wait("document.querySelector('#slider-text').textContent.includes('–')")
    page.click("#denied-only")
    page.wait("location.search.includes('denied=1')")
    page.click("details.card summary")
    assert page.run("document.querySelectorAll('#map-table tbody tr').length") > 3
    assert page.wrong == []


@made_up
def test_map_of_five_hundred(page):
    with Console("--records", "5000", "--workloads", "490") as console:
        login(page, console, path="/map?from=-2h")
        page.wait("Number(document.querySelector('#map').dataset.settled) >= 480", seconds=120)
        assert page.wrong == []


@made_up
def test_nothing_yet(page):
    with Console("--empty") as console:
        login(page, console)
        for name in PAGES:
            show(page, console, name)
            page.wait("document.querySelector('.state .title')")
            if pictures := os.environ.get("SALLYPORT_SCREENSHOTS"):
                page.picture(pathlib.Path(pictures) / f"{name or 'overview'}-empty.png")
        assert page.wrong == []


@made_up
def test_a_hub_that_is_gone(page):
    with Console("--records", "20") as console:
        login(page, console, path="/objects")
        console.stop()
        page.click("#tools button")
        page.wait("document.querySelector('.state[role=alert]')?.innerText.includes('does not answer')")


@made_up
def test_others_namespaces_are_not_shown(page, console):
    login(page, console, key="ai", path="/objects")
    text = page.text("main")
    assert "ai/models" in text
    assert "web/legacy" not in text
    assert "mistake" not in text
