"""A browser, and servers in processes of their own over a small town."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.explorer.browser import Visit, open_browser, visiting
from tests.server.process import environment, run_freehold, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module's visits."""
    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a SQLite file with demo data: 300 owners, 2,000 listings, and their histories."""
    url = f"sqlite:///{tmp_path_factory.mktemp('town') / 'freehold.db'}"
    env = environment(FREEHOLD_DATABASE_URL=url)
    for command in (["migrate"], ["seed", "--owners", "300", "--properties", "2000"]):
        ended = run_freehold(*command, env=env)
        assert ended.returncode == 0, ended.stderr
    return url


@pytest.fixture(scope="module")
def url(town: str) -> Iterator[str]:
    """The address of a server in development, without a cache: a query runs its statements each time."""
    with serving(town, FREEHOLD_TRACE="on", FREEHOLD_CACHE_URL="none") as server:
        yield server.url


@pytest.fixture
def visit(browser: Browser, url: str) -> Iterator[Visit]:
    """A first visit that has not opened the page yet."""
    with visiting(browser, url) as visit:
        yield visit


@pytest.fixture
def page(visit: Visit) -> Page:
    """GraphiQL as a first visit finds it."""
    return visit.open()
