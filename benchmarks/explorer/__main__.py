"""`python -m benchmarks.explorer URL`: what the explorer's page weighs, and how soon it takes a key.

URL is a running server's /graphql, its page built. The browser is Debian's Chromium. A first visit has nothing in its
cache. Usable means: a key pressed in the query editor is seen there. With `--screenshots FOLDER` it takes those of
docs/images/explorer instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from playwright.sync_api import Browser, Page, sync_playwright

from tests.explorer.browser import Visit, open_browser, visiting

VISITS = 10
KEY = "~"
_EDITOR = ".graphiql-query-editor .CodeMirror"


@click.command()
@click.argument("url")
@click.option("--screenshots", type=click.Path(path_type=Path, file_okay=False), help="Take the documentation's.")
def main(url: str, screenshots: Path | None) -> None:
    """Measure the page of the server at URL."""
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        if screenshots is None:
            measure(browser, url)
        else:
            screenshots.mkdir(parents=True, exist_ok=True)
            for name, size in (("desktop", (1280, 800)), ("phone", (390, 844))):
                for shade in ("light", "dark"):
                    take(browser, url, screenshots / f"{name}-{shade}", size=size, dark=shade == "dark")
        browser.close()


def measure(browser: Browser, url: str) -> None:
    """Print the transfer of a first visit, and the medians of many visits."""
    with visiting(browser, url) as visit:
        page = visit.open()
        for name, transferred, size in page.evaluate(
            """performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
               .filter((entry) => entry.initiatorType !== "fetch")
               .map((entry) => [entry.name.split("/").at(-1), entry.transferSize, entry.decodedBodySize])"""
        ):
            print_row(name, f"{transferred:,} bytes transferred", f"{size:,} decoded")
    for name, slowdown in (("", 1), (", CPU slowed four times", 4)):
        first, again = zip(*(time_visits(browser, url, slowdown) for _ in range(VISITS)), strict=True)
        print_row(f"first visit{name}", f"{median(first):.2f} s", f"{min(first):.2f} to {max(first):.2f}")
        print_row(f"second visit{name}", f"{median(again):.2f} s", f"{min(again):.2f} to {max(again):.2f}")


def time_visits(browser: Browser, url: str, slowdown: int) -> tuple[float, float]:
    """Seconds until the page is usable on a first visit and on the next."""
    with visiting(browser, url) as visit:
        visit.page.context.new_cdp_session(visit.page).send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        return time_until_usable(visit), time_until_usable(visit)


def time_until_usable(visit: Visit) -> float:
    started = perf_counter()
    visit.page.goto(visit.url, wait_until="commit")
    editor = visit.page.locator(_EDITOR)
    editor.click()
    keys = editor.locator(".CodeMirror-code").get_by_text(KEY)
    before = keys.count()
    visit.page.keyboard.press(KEY)
    keys.nth(before).wait_for()
    return perf_counter() - started


def take(browser: Browser, url: str, path: Path, *, size: tuple[int, int], dark: bool) -> None:
    """The page as a first visit finds it, and with the statements of the first example."""
    with visiting(browser, url, width=size[0], height=size[1], dark=dark) as visit:
        page = visit.open()
        page.wait_for_timeout(500)
        with still(page):
            page.screenshot(path=f"{path}-first.png")
        page.locator(".graphiql-execute-button").click()
        page.locator(".cost button").click()
        page.locator(".statements .level").last.wait_for()
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        with still(page):
            page.screenshot(path=f"{path}-statements.png")


@contextmanager
def still(page: Page) -> Iterator[None]:
    """Without a blinking cursor."""
    page.evaluate("document.activeElement?.blur()")
    yield


def print_row(*cells: str) -> None:
    click.echo(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
