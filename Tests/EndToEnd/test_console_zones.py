"""Time zones of the console: UTC until somebody asks otherwise, the zone is always said, and what is shown is right in it.

The browser is in a zone that is half an hour beside all whole hours, and in one where a day has 25 hours.
"""

import datetime
import json
import zoneinfo

import pytest

from harness.browser import CHROMIUM, Browser
from harness.pages import CALM, login, show
from test_console import BINARY, OTHER, Console

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not BINARY.exists(), reason=f"there is no console-demo in {BINARY.parent}"),
    pytest.mark.skipif(bool(OTHER), reason="needs records that are made up"),
]

MARQUESAS, BERLIN = "Pacific/Marquesas", "Europe/Berlin"
TITLE = "document.querySelector('#tools .popup button, #tools button')?.innerText ?? ''"
TIME_COLUMN = "document.querySelector('#table [role=columnheader]').innerText.trim()"
FIRST_CELL = "document.querySelector('#row-0 [role=gridcell], #row-0 [role=cell], #row-0 > *').innerText.trim()"


@pytest.fixture(scope="module")
def console():
    with Console() as console:
        yield console


@pytest.fixture
def pages(tmp_path):
    """Opens a page of a browser that is in a zone."""
    opened = []

    def page(zone):
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        browser = Browser(folder, zone=zone)
        opened.append(browser)
        browser.__enter__()
        page = browser.page()
        page.look()
        assert page.run("Intl.DateTimeFormat().resolvedOptions().timeZone") == zone
        return page

    yield page
    for browser in opened:
        browser.__exit__()


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def shown(text, zone):
    """A time of day as the table shows it."""
    local = moment(text).astimezone(zoneinfo.ZoneInfo(zone))
    return local.strftime("%H:%M:%S.") + f"{local.microsecond // 1000:03}"


def first_record(page):
    """The newest record of the question that the page asked."""
    query = page.run("(() => { const p = new URLSearchParams(location.search);"
                     " return `from=${p.get('from') || '-1h'}${p.get('to') ? `&to=${p.get('to')}` : ''}`; })()")
    answer = page.run(f"fetch('/api/v1/records?limit=200&{query}').then(answer => answer.json())")
    return answer["records"][0]


def choose(page, zone):
    """Chooses a zone in the control for the time."""
    page.click("#tools button")
    button = f"[...document.querySelectorAll('[aria-label=\"Time zone\"] button')].find(b => b.innerText === {json.dumps(zone)})"
    page.wait(button)
    page.run(f"{button}.click()")


def test_utc_until_it_is_asked_otherwise_and_the_zone_is_always_said(pages, console):
    page = pages(MARQUESAS)
    login(page, console, path="/records?from=2026-11-20T00:00:00Z")
    page.wait("document.querySelectorAll('#table .rows .line').length > 5 && " + CALM)
    record = first_record(page)
    assert page.run(TIME_COLUMN) == "Time, UTC" and page.run(TITLE).strip().endswith("UTC")
    assert page.run(FIRST_CELL) == shown(record["time"], "UTC")

    choose(page, MARQUESAS)
    page.wait(f"location.search.includes('tz=local') && {TIME_COLUMN} === {json.dumps('Time, ' + MARQUESAS)}")
    assert page.run(TITLE).strip().endswith(MARQUESAS)
    assert page.run(FIRST_CELL) == shown(record["time"], MARQUESAS) != shown(record["time"], "UTC")
    # The day of the details too: it may be another.
    page.run("document.querySelector('#table').focus()")
    page.key("Home")
    page.key("Enter")
    page.wait("!document.querySelector('#detail').hidden")
    local = moment(record["time"]).astimezone(zoneinfo.ZoneInfo(MARQUESAS))
    assert f"{local:%Y-%m-%d %H:%M:%S} {MARQUESAS}" in page.text("#detail")
    # Other pages take it along, and what is opened again has it.
    assert "tz=local" in page.run("document.querySelector('nav a[href^=\"/map\"]').href")
    for path in ("policies?tz=local", "ai?tz=local"):
        show(page, console, path)
        assert page.run(TITLE).strip().endswith(MARQUESAS), path
        times = page.run("[...document.querySelectorAll('main table th')].map(one => one.textContent)")
        assert not [text for text in times if " UTC" in text], path
    show(page, console, "records?from=2026-11-20T00:00:00Z&tz=local")
    page.wait("document.querySelectorAll('#table .rows .line').length > 5")
    choose(page, "UTC")
    page.wait(f"!location.search.includes('tz=local') && {TIME_COLUMN} === 'Time, UTC'")
    assert page.run(FIRST_CELL) == shown(record["time"], "UTC")
    assert page.wrong == []


def test_a_time_that_is_typed_is_of_the_zone_that_is_shown(pages, console):
    page = pages(MARQUESAS)
    login(page, console, path="/records")
    for zone, search in [("UTC", ""), (MARQUESAS, "?tz=local")]:
        show(page, console, "records" + search)
        page.click("#tools button")
        page.wait("document.querySelectorAll('input[type=datetime-local]').length === 2")
        assert f"From and to, in {zone}" in page.run("document.body.innerText")
        page.run("""(() => { const [from, to] = document.querySelectorAll('input[type=datetime-local]');
            from.value = '2026-11-22T23:15'; to.value = '2026-11-23T08:45'; from.form.requestSubmit(); })()""")
        page.wait("location.search.includes('to=')")
        asked = page.run("Object.fromEntries(new URLSearchParams(location.search))")
        for name, local in [("from", (2026, 11, 22, 23, 15)), ("to", (2026, 11, 23, 8, 45))]:
            wanted = datetime.datetime(*local, tzinfo=zoneinfo.ZoneInfo(zone))
            assert moment(asked[name]) == wanted, (zone, name, asked)
        page.wait(CALM)
        assert page.run(TITLE).strip() == f"2026-11-22 23:15 – 2026-11-23 08:45, {zone}"
    assert page.wrong == []


def test_days_of_an_axis_begin_at_midnight_also_where_the_clock_changes(pages, console):
    page = pages(BERLIN)
    login(page, console, path="/records")
    for tz, zone in [("", "UTC"), ("local", BERLIN)]:
        show(page, console, f"records?tz={tz}")
        for first, last, most in [("2026-10-22", "2026-10-29", 8), ("2026-03-26", "2026-04-02", 8)]:
            ticks = page.run(f"""import('/assets/format.js').then(({{ times, tick }}) => times(
                Date.parse('{first}T05:00:00Z'), Date.parse('{last}T05:00:00Z'), {most}).map(
                time => [time, tick(time, 7 * 86400e3)]))""")
            assert len(ticks) == 7, ticks
            for time, label in ticks:
                local = datetime.datetime.fromtimestamp(time / 1000, zoneinfo.ZoneInfo(zone))
                assert (local.hour, local.minute) == (0, 0), (zone, local)
                assert label == f"{local.day} {local:%b}"
            assert len({label for _, label in ticks}) == 7
        # Six hours are six hours of the clock; minutes go on through the change.
        six = page.run("""import('/assets/format.js').then(({ times, minute }) => times(
            Date.parse('2026-10-24T20:00:00Z'), Date.parse('2026-10-25T20:00:00Z'), 5).map(minute))""")
        assert set(six) <= {"00:00", "06:00", "12:00", "18:00"} and len(six) == 4, six
        half = page.run("""import('/assets/format.js').then(({ times }) => times(
            Date.parse('2026-10-24T23:30:00Z'), Date.parse('2026-10-25T02:30:00Z'), 6))""")
        assert [later - earlier for earlier, later in zip(half, half[1:])] == [1_800_000] * 6
    assert page.wrong == []
