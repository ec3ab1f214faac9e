"""Debian's Chromium, driven by Playwright, that reaches this machine's loopback and nothing else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route

from tests.missing import skip_or_fail

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def open_browser(playwright: Playwright) -> Browser:
    """A headless Chromium: the one that is installed, since none is downloaded."""
    chromium = os.environ.get("FREEHOLD_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        skip_or_fail("no chromium on this machine")
    return playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)


class Visit:
    """A page, what it asked of other hosts, and what it complained of: both must stay empty."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        page.route("**/*", self._guard)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, fragment: str = "") -> Page:
        """Go to GraphiQL and wait until it takes a query."""
        self.page.goto(f"{self.url}{fragment}")
        self.page.locator(".graphiql-query-editor .CodeMirror-lines").wait_for()
        return self.page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def _guard(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(self.url).netloc:
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()


@contextmanager
def visiting(
    browser: Browser, url: str, *, width: int = 1280, height: int = 800, dark: bool = False
) -> Iterator[Visit]:
    """A first visit: nothing is remembered from another. Fails at its end if another host was asked for anything."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", service_workers="block"
    )
    context.set_default_timeout(15_000)
    try:
        visit = Visit(context.new_page(), url)
        yield visit
        assert visit.foreign == []
        assert visit.complaints == []
    finally:
        context.close()


def write(page: Page, query: str) -> None:
    """Type over what the query editor holds. It closes brackets by itself, so the query is typed line by line."""
    page.locator(".graphiql-query-editor .CodeMirror").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(query)


def response(page: Page) -> str:
    """What the response pane shows of the response."""
    return page.locator(".result-window .CodeMirror-code").inner_text()
