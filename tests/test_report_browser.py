"""The page of a report in a real browser: opens, drills down, sorts, searches, speaks, prints.

Needs Chromium with its driver and selenium (in Debian: packages chromium and chromium-driver).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.page.write import page_of
from optimizer.pipeline import plan
from tests.report_worlds import hostile_run, many_run
from tests.worlds import SCENARIOS

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="Chromium and its driver are not installed"
    ),
]

INCENTIVE = """
[[plan]]
name = "everyone"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = "target", rate = 0.02 }]
"""
STRESS = """
[stress]
trials = 320
budget = 900
attainment = { model = "lognormal", mean = 0.95, cv = 0.2 }
correlation = { company = 0.3, region = 0.2 }
"""
FUNNEL = """
[[funnel]]
steps = ["拜访", "合同"]
conversion = [0.2]
deal_size = 4
"""
DOWN, RIGHT, LEFT, END, ENTER = "\ue015", "\ue014", "\ue012", "\ue010", "\ue007"


class Page:
    """A report in a browser."""

    def __init__(self, driver: Any, path: Path) -> None:
        self.driver = driver
        driver.get(path.as_uri())
        self.settle()

    def js(self, code: str, *given: object) -> Any:
        return self.driver.execute_script(f"return {code}", *given)

    def settle(self) -> None:
        self.driver.execute_async_script(
            "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(arguments[0], 30)))"
        )

    def go(self, address: str) -> None:
        self.driver.execute_script("location.hash = arguments[0]", address)
        self.settle()

    def all(self, css: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", css))

    def one(self, css: str) -> Any:
        return self.driver.find_element("css selector", css)

    def texts(self, css: str) -> list[str]:
        found = self.js("[...document.querySelectorAll(arguments[0])].map(e => e.textContent)", css)
        return list(found)

    def until(self, true: Callable[[], bool]) -> None:
        for _ in range(60):
            if true():
                return
            time.sleep(0.05)
        raise AssertionError("it does not happen")

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.add_argument("--headless=new")
    options.add_argument("--window-size=1280,900")
    options.add_argument("--disable-gpu")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.chrome.service.Service(DRIVER)
    found = webdriver.Chrome(options=options, service=service)
    yield found
    found.quit()


def weeks_sold(run: Path) -> pd.DataFrame:
    """Make up what everybody sold in the first seven weeks of the second quarter."""
    targets = pd.read_csv(run / "targets.csv")
    owed = targets[targets["period"] == "2024Q2"].groupby("rep")["target"].sum()
    draws = np.random.default_rng(5).lognormal(-0.05, 0.3, (len(owed), 7))
    sold = owed.to_numpy()[:, None] / 13 * draws
    rows = [
        ("2024Q2", week + 1, rep, round(sold[place, week], 1))
        for place, rep in enumerate(owed.index)
        for week in range(7)
    ]
    return pd.DataFrame(rows, columns=["period", "week", "rep", "amount"])


def quietly(*words: str) -> None:
    done = CliRunner().invoke(main, [*words, "--quiet"])
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a year with weeks, pay and stress, beside itself."""
    folder = tmp_path_factory.mktemp("browser")
    scenario, run = folder / "annual", folder / "run"
    shutil.copytree(SCENARIOS / "annual", scenario)
    (scenario / "incentive.toml").write_text(INCENTIVE, encoding="utf-8")
    with (scenario / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write(STRESS + FUNNEL)
    plan(scenario, run, hold=False)
    sold = weeks_sold(run)
    sold.to_csv(folder / "weeks.csv", index=False)
    sold.drop(columns="week").groupby(["period", "rep"]).sum().to_csv(folder / "sales.csv")
    weeks = ("--actuals", str(folder / "weeks.csv"), "--as-of", "2024Q2W07", "--charts", "none")
    quietly("pace", str(run), *weeks)
    quietly("pay", str(run), "--actuals", str(folder / "sales.csv"))
    quietly("review", str(run), "--actuals", str(folder / "sales.csv"))
    quietly("stress", str(run))
    quietly("frontier", str(run))
    year = pd.read_csv(run / "targets.csv").groupby(["period", "rep"])["target"].sum()
    year.rename("amount").to_csv(folder / "year.csv")
    quietly("propose", str(run), "--actuals", str(folder / "year.csv"))
    path = folder / "report.html"
    path.write_text(page_of(run, compare=[run]), encoding="utf-8")
    return path


@pytest.fixture
def page(driver: Any, page_file: Path) -> Page:
    return Page(driver, page_file)


def links(page: Page) -> list[str]:
    found = page.js("[...document.querySelectorAll('#views a')].map(a => a.getAttribute('href'))")
    return list(found)


def test_every_view_opens_in_both_languages_without_a_complaint(page: Page) -> None:
    addresses = [*links(page), "#/company", "#/region/浦东", "#/team/浦东 一组", "#/rep/朱芳"]
    assert len(addresses) == 17
    headings: dict[str, list[str]] = {"en": [], "zh": []}
    for lang, said in headings.items():
        assert page.js("document.documentElement.lang").startswith(lang)
        for address in addresses:
            page.go(address)
            said.append(page.one("h1").text)
            assert page.js("document.querySelectorAll('main > *').length") > 2, address
            assert "undefined" not in page.js("document.querySelector('main').textContent")
            assert "NaN" not in page.js("document.querySelector('main').innerHTML"), address
        page.one("#language").click()
    both = zip(headings["en"][:13], headings["zh"][:13], strict=True)
    assert all(english != chinese for english, chinese in both)
    assert page.complaints() == []


def test_what_a_run_says_is_told_in_the_language_of_the_page(page: Page) -> None:
    page.go("#/overview")
    english = page.texts("details li")
    assert "region shares assumed from history: Asia 0.3968, Europe 0.6032" in english
    page.one("#language").click()
    page.settle()
    chinese = page.texts("details li")
    assert "区域占比由历史推定：Asia 0.3968, Europe 0.6032" in chinese
    assert len(chinese) == len(english) and not set(chinese) & set(english)
    assert page.texts("details li[lang=en]") == []
    page.one("#language").click()


def test_nothing_is_fetched(page: Page) -> None:
    assert page.js("performance.getEntriesByType('resource').length") == 0


def test_the_tree_opens_level_by_level_with_the_keyboard(page: Page) -> None:
    page.go("#/tree")
    names = page.texts("[role=treegrid] tbody tr .name a")
    assert names[0] == "Company" and "华东" in names and "浦东" not in names
    row = page.one("[role=treegrid] tbody tr[tabindex='0']")
    assert row.get_attribute("aria-level") == "1"
    place = names.index("华东")
    page.js("document.querySelector('[role=treegrid] tbody tr[tabindex=\"0\"]').focus()")
    for _ in range(place):
        page.driver.switch_to.active_element.send_keys(DOWN)
    active = page.driver.switch_to.active_element
    assert active.get_attribute("aria-expanded") == "false"
    for _ in range(3):
        page.driver.switch_to.active_element.send_keys(RIGHT)
        page.driver.switch_to.active_element.send_keys(RIGHT)
    assert {"上海", "浦东", "浦东 一组"} <= set(page.texts("[role=treegrid] tbody tr .name a"))
    assert page.driver.switch_to.active_element.get_attribute("aria-level") == "5"
    page.driver.switch_to.active_element.send_keys(LEFT)
    page.driver.switch_to.active_element.send_keys(ENTER)
    page.until(lambda: page.js("location.hash").startswith("#/region/"))
    assert page.complaints() == []


def test_the_tree_adds_up_and_leads_to_a_person(page: Page) -> None:
    page.go("#/tree")
    for name in ("华东", "上海", "浦东", "浦东 一组"):
        page.driver.execute_script(
            "[...document.querySelectorAll('tr .name')]"
            ".find(e => e.textContent.includes(arguments[0])).querySelector('.twist').click()",
            name,
        )
    levels = page.js(
        "[...document.querySelectorAll('[role=treegrid] tbody tr[role=row]')].map(r => "
        "[r.className.split(' ')[0], Number(r.cells[1].textContent.replaceAll(',', ''))])"
    )
    regions = [amount for kind, amount in levels if kind == "company"]
    assert regions == [40500]
    team = next(at for at, (kind, _) in enumerate(levels) if kind == "team")
    people = []
    for kind, amount in levels[team + 1 :]:
        if kind != "rep":
            break
        people.append(amount)
    assert sum(people) == levels[team][1] > 0
    page.one("[role=treegrid] tr.rep .name a").click()
    page.until(lambda: page.js("location.hash").startswith("#/rep/"))
    assert page.texts(".crumbs a")[0] == "Company"
    assert page.all(".chart svg .edge")


def test_tables_sort_and_say_so(page: Page) -> None:
    page.go("#/people")
    column = 4
    heading = page.all("main thead th")[column]
    assert heading.text.startswith("Floor") or "target" in heading.text.lower()
    for way, factor in (("descending", -1), ("ascending", 1)):
        heading.find_element("css selector", "button").click()
        assert heading.get_attribute("aria-sort") == way
        cells = page.js(
            "[...document.querySelectorAll('main tbody tr:not(.space)')].map(r => "
            "Number(r.cells[arguments[0]].textContent.replaceAll(',', '')))",
            column,
        )
        assert cells == sorted(cells, key=lambda value: factor * value)
        assert way in page.one("#heard").get_attribute("textContent")


def test_search_finds_people_and_counts_them(page: Page) -> None:
    page.go("#/people")
    page.one("main .table input[type=search]").send_keys("深圳")
    assert page.texts("main .count")[0].endswith("of 120 rows")
    assert set(page.texts("main tbody tr:not(.space) td:nth-of-type(1)")) == {"深圳"}
    page.go("#/tree")
    page.one("main input[type=search]").send_keys("朱芳")
    found = page.texts("[role=treegrid] tbody tr .name a")
    assert found[0] == "Company" and found[-1] == "朱芳"


def test_the_language_may_be_changed_and_the_view_stays(page: Page) -> None:
    page.go("#/reference")
    page.one("#language").click()
    assert page.one("h1").text == "偏离参考"
    assert page.js("document.documentElement.lang") == "zh-Hans"
    assert page.js("document.activeElement.id") == "language"
    page.one("#language").click()
    assert page.one("h1").text == "Off reference"


def test_period_and_product_narrow_the_tree(page: Page) -> None:
    page.go("#/tree")
    whole = page.texts("[role=treegrid] tbody tr:nth-of-type(2) td:nth-child(2)")[0]
    page.driver.execute_script(
        "const s = document.querySelector('main select'); s.value = '2024Q1';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert page.texts("[role=treegrid] tbody tr:nth-of-type(2) td:nth-child(2)") == ["8,096"]
    assert whole == "40,500"


def test_a_letter_has_levels_weeks_rules_and_a_line_to_sign(page: Page) -> None:
    page.go("#/letters/rep/朱芳")
    letters = page.all(".letter")
    assert len(letters) == 1
    text = letters[0].text
    for said in ("朱芳", "440", "Weekly targets", "Rules of pay", "1%", "Signature"):
        assert said in text
    weeks = page.js(
        "[...document.querySelectorAll('.letter .weeks tbody tr')].map(r => "
        "[...r.querySelectorAll('td')].reduce((a, c) => a + Number(c.textContent), 0))"
    )
    assert sum(weeks) == 440


def printed(page: Page) -> bytes:
    found = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return base64.b64decode(found["data"])


def test_views_and_letters_print(page: Page) -> None:
    for address in ("#/overview", "#/people", "#/letters/team/浦东 一组"):
        page.go(address)
        assert printed(page).startswith(b"%PDF")
    assert page.complaints() == []


def test_a_narrow_screen_needs_no_scrolling_sideways(page: Page) -> None:
    narrow = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    try:
        for address in [*links(page), "#/rep/朱芳"]:
            page.go(address)
            assert page.js("document.documentElement.scrollWidth") <= 400, address
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


CLIPPED = """[...document.querySelectorAll('main *')].filter(e =>
  !e.closest('svg, .heard') && e.getClientRects().length && e.scrollWidth > e.clientWidth + 1
  && getComputedStyle(e).overflowX === 'hidden').map(e => e.textContent)"""
UNTOLD = """[...document.querySelectorAll('.scroller, .wide')].filter(e => {
  const [holder, ways] = [e.closest('.sideways'), e.closest('.sideways').querySelector('.ways')];
  return (e.scrollWidth > e.clientWidth + 1) !== (ways.getClientRects().length === 1)
    || (e.scrollWidth > e.clientWidth + 1) !== holder.classList.contains('more-right');
}).length"""


@pytest.mark.parametrize("width", [1280, 390])
def test_every_column_is_shown_or_said_to_be_further_on(page: Page, width: int) -> None:
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 400}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        for address in [*links(page), "#/company", "#/rep/朱芳"]:
            page.go(address)
            assert page.js(CLIPPED) == [], address
            page.until(lambda: page.js(UNTOLD) == 0)
        page.go("#/scenarios")
        page.until(lambda: bool(page.all(".more-right .ways button")))
        for _ in range(30):
            page.driver.execute_script(
                "document.querySelector('.more-right .ways button:last-child')?.click()"
            )
            page.settle()
        ends = "e => e.scrollLeft + e.clientWidth >= e.scrollWidth - 2"
        assert page.js(f"[...document.querySelectorAll('.scroller')].some({ends})")
        assert page.complaints() == []
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_actions_and_the_next_plan_are_told_in_both_languages(page: Page) -> None:
    for step, edit in (("for the period", "before"), ("全周期", "之前")):
        page.go("#/activities")
        assert page.texts("main thead button")[1].strip() == step
        assert page.texts("main section:first-of-type tbody th")[:2] == ["拜访", "合同"]
        page.go("#/next")
        assert edit in [text.strip() for text in page.texts("main thead button")]
        cells = page.texts("main tbody td")
        assert "2025Q1, 2025Q2, 2025Q3, 2025Q4" in cells
        assert ({"people", "ability"} <= set(cells)) == (edit == "before")
        assert ({"人员", "能力系数"} <= set(cells)) == (edit == "之前")
        page.one("#language").click()
    assert page.complaints() == []


def test_words_of_the_program_are_told_in_both_languages(page: Page) -> None:
    for parts, facts in (
        ({"everyone from 0", "commission"}, {"yes", "no"}),
        ({"everyone：自 0 起", "提成"}, {"是", "否"}),
    ):
        page.go("#/cost")
        page.driver.execute_script("document.querySelectorAll('.scroller')[0].scrollTop = 1e7")
        page.until(lambda parts=parts: parts <= set(page.texts("main tbody td")))
        page.go("#/results")
        told = set(page.texts("main tbody td"))
        assert told & facts and not told & {"true", "false"}
        page.one("#language").click()
    assert page.complaints() == []


def test_what_was_not_run_is_listed(driver: Any, page: Page, tmp_path: Path) -> None:
    page.go("#/overview")
    assert page.texts("main section:last-of-type .quiet")[-1].endswith(": tune, score.")
    path = tmp_path / "report.html"
    run = many_run(tmp_path, 8)
    for funnel, pace in (("", "pace"), (FUNNEL, "pace (weeks and activities)")):
        with (run / "scenario" / "scenario.toml").open("a", encoding="utf-8") as file:
            file.write(funnel)
        path.write_text(page_of(run), encoding="utf-8")
        bare = Page(driver, path)
        listed = f": {pace}, stress, tune, frontier, pay, score, review, propose."
        assert bare.texts("main section:last-of-type .quiet")[-1].endswith(listed)


CUT = """[...document.querySelectorAll('.chart text.name')].filter(e =>
  e.textContent.includes('…') || e.getBBox().x < -0.5).map(e => e.textContent)"""
CROSSED = """[...document.querySelectorAll('.chart svg')].flatMap(svg =>
  [...svg.querySelectorAll('text.note')].filter(note => {
    const box = note.getBBox();
    return [...svg.querySelectorAll('path.line')].some(path => {
      const long = path.getTotalLength();
      return [...Array(400).keys()].some(at => {
        const { x, y } = path.getPointAtLength(long * at / 399);
        return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
      });
    });
  }).map(note => note.textContent))"""


@pytest.mark.parametrize("width", [1280, 390])
def test_names_in_charts_are_whole_and_crossed_by_nothing(page: Page, width: int) -> None:
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 400}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        for address in ("#/overview", "#/company", "#/cost", "#/scenarios"):
            page.go(address)
            page.until(lambda: bool(page.all(".chart svg")))
            assert page.js(CUT) == [], address
            assert page.js(CROSSED) == [], address
        assert page.js("document.querySelectorAll('.chart text.note').length") == 0
        page.go("#/cost")
        assert "as planned" in page.texts(".chart text.note")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_paper_has_headings_on_each_page_and_whole_words(page: Page) -> None:
    style = "getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        page.go("#/next")
        # A browser repeats a heading that it may not break, but not the buttons in it.
        assert page.js(style, ".scroller thead", "breakInside") == "avoid"
        assert page.js(style, ".scroller thead", "breakAfter") == "avoid"
        assert page.js(style, ".scroller thead button", "display") == "contents"
        assert page.js(style, ".scroller td", "overflowWrap") == "normal"
        page.go("#/overview")
        assert page.js("document.querySelector('details li').checkVisibility()")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_names_that_are_markup_run_nothing(driver: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(hostile_run(tmp_path)), encoding="utf-8")
    page = Page(driver, path)
    for address in (*links(page), "#/rep/__proto__", "#/rep/%", "#/region/constructor", "#/x/y"):
        page.go(address)
    page.go("#/people")
    assert page.js("window.broken") is None
    assert page.all("main img") == [] and page.all("td svg") == []
    shown = " ".join(page.texts("main tbody tr:not(.space)"))
    assert "onerror" in shown and "<i>娜</i>" in shown
    assert page.complaints() == []


def test_of_many_people_only_rows_in_sight_are_drawn(driver: Any, tmp_path: Path) -> None:
    people = 3000
    path = tmp_path / "report.html"
    path.write_text(page_of(many_run(tmp_path, people)), encoding="utf-8")
    page = Page(driver, path)
    page.go("#/people")
    assert page.js("document.querySelectorAll('main tbody tr').length") < 100
    assert page.one("main table").get_attribute("aria-rowcount") == str(people + 1)
    page.driver.execute_script("document.querySelector('.scroller').scrollTop = 1e7")
    page.until(
        lambda: (
            f"P{people - 1:05}" in "".join(page.texts("main tbody tr:last-of-type, main tbody tr"))
        )
    )
    page.go("#/tree")
    page.driver.execute_script("[...document.querySelectorAll('.buttons button')].at(-1).click()")
    page.js("document.querySelector('[role=treegrid] tbody tr[tabindex=\"0\"]').focus()")
    page.driver.switch_to.active_element.send_keys(END)
    page.settle()
    last = page.driver.switch_to.active_element
    assert last.get_attribute("aria-rowindex") == str(people + 20 + 2)
    for address in ("#/people", "#/tree"):
        page.go(address)
        page.driver.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        assert page.js("document.querySelectorAll('main tbody tr:not(.space)').length") == 200
        assert "first 200 of" in page.texts(".paper")[0]
        page.driver.execute_script("window.dispatchEvent(new Event('afterprint'))")
        assert page.js("document.querySelectorAll('main tbody tr').length") < 100
    page.go("#/letters")
    assert len(page.all(".letter")) == 100
    assert json.dumps(page.complaints()) == "[]"
