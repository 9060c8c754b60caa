"""The report of a scenario of hostile names in a real browser: nothing runs, nothing is asked for.

Needs Chromium with its driver and selenium (in Debian: packages chromium and chromium-driver).
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from test_security import home, quotaplan

__all__ = ["home"]

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None, reason="Chromium and its driver are not installed"
    ),
]

PLANTED = """
const done = arguments[1], at = arguments[0], refused = [];
const told = (name) => () => { refused.push(name); };
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
const script = document.createElement("script");
try { script.text = "window.broken = 3"; document.body.append(script); } catch (error) { told("markup")(); }
try { document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.broken=4'>"); }
catch (error) { told("markup")(); }
const image = new Image();
image.src = at + "/image";
document.body.append(image);
const frame = document.createElement("iframe");
frame.src = at + "/frame";
document.body.append(frame);
const link = document.createElement("link");
link.rel = "stylesheet";
link.href = at + "/style";
document.head.append(link);
navigator.sendBeacon && navigator.sendBeacon(at + "/beacon", "names");
try { new WebSocket(at.replace("http", "ws") + "/socket"); } catch (error) { told("socket")(); }
fetch(at + "/fetch").catch(told("fetch")).finally(() => setTimeout(() => done(refused), 500));
"""  # noqa: E501
"""What a page could be made to do if a name did run in it."""


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--window-size=1280,900", "--disable-gpu"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.chrome.service.Service(DRIVER))
    yield found
    found.quit()


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that notes what is asked of it: its address, and the paths."""
    asked: list[str] = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Note)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def requests(driver: Any) -> list[str]:
    """Return the addresses that the browser asked for since it was last asked."""
    events = [json.loads(one["message"])["message"] for one in driver.get_log("performance")]
    sent = [one for one in events if one["method"] == "Network.requestWillBeSent"]
    return [one["params"]["request"]["url"] for one in sent]


def visit_all(driver: Any) -> int:
    """Open every view and every name that a page has links to; return how many."""
    seen: set[str] = set()
    waiting = [""]
    while waiting:
        address = waiting.pop()
        driver.execute_script("location.hash = arguments[0]", address)
        driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 20))")
        found = driver.execute_script(
            "return [...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"
        )
        assert all(one.startswith("#") for one in found)
        new = sorted({*found} - seen)
        seen.update(new)
        waiting += new
    return len(seen)


def test_a_report_of_hostile_names_runs_and_asks_for_nothing(home: Path, driver: Any) -> None:
    page = home / "run" / "report" / "report.html"
    driver.get_log("performance")
    driver.get(page.as_uri())
    assert visit_all(driver) > 20
    assert requests(driver) == [page.as_uri()]
    assert driver.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert driver.execute_script("return window.broken") is None
    assert driver.execute_script("return document.querySelectorAll('img, iframe, b').length") == 0
    assert [one["message"] for one in driver.get_log("browser")] == []


def test_what_did_run_could_not_tell_anybody(
    home: Path, driver: Any, listener: tuple[str, list[str]]
) -> None:
    address, asked = listener
    driver.get((home / "run" / "report" / "report.html").as_uri())
    refused = driver.execute_async_script(PLANTED, address)
    assert {"img-src", "frame-src", "style-src-elem", "connect-src", "markup", "fetch"} <= {
        *refused
    }
    assert asked == []
    assert driver.execute_script("return window.broken") is None


def test_the_listener_hears_a_page_that_is_not_ours(
    tmp_path: Path, driver: Any, listener: tuple[str, list[str]]
) -> None:
    """The same plant in a page without our policy is heard, so that silence means something."""
    address, asked = listener
    (tmp_path / "plain.html").write_text("<!DOCTYPE html><title>x</title><body></body>")
    driver.get((tmp_path / "plain.html").as_uri())
    driver.execute_async_script(PLANTED, address)
    assert {"/image", "/frame", "/style", "/fetch"} <= {*asked}
    assert driver.execute_script("return window.broken") is not None


def test_names_in_pictures_are_text(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    found = quotaplan("report", home / "run", "--charts", "svg", "--out", out, "--quiet")
    assert found.exit_code == 0, found.output
    pictures = sorted(out.rglob("*.svg"))
    assert pictures
    for path in pictures:
        for element in ElementTree.parse(path).iter():
            assert element.tag.rpartition("}")[2] not in {"script", "foreignObject", "image"}
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on")
                assert not (name.endswith("href") and not value.startswith("#"))
