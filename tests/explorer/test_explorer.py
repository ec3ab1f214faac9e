"""GraphiQL in a real browser, with every other host out of reach."""

import re
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.explorer.browser import Visit, response, visiting, write
from tests.server.process import serving

FIFTY = '{ propertiesByCity(city: "Berlin", limit: 50) { address owner { name propertyCount } } }'


def run(page: Page) -> None:
    """Press the button and wait for data, and for the line that says what it cost."""
    page.locator(".graphiql-execute-button").click()
    expect(page.locator(".result-window")).to_contain_text('"data"')
    expect(page.locator(".cost")).to_contain_text("ms")


def naive(url: str) -> int:
    """How many statements a naive server would run for FIFTY: the list, and an owner and a count for each listing."""
    listings = httpx.post(url, json={"query": FIFTY}).json()["data"]["propertiesByCity"]
    return 1 + 2 * len(listings)


def test_a_typed_query_gives_its_result_its_documentation_and_its_statements(page: Page, url: str) -> None:
    write(page, FIFTY)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-window")).to_contain_text('"propertiesByCity"')
    expect(page.locator(".cost")).to_contain_text("2 statements")
    expect(page.locator(".CodeMirror-hints")).to_have_count(0)

    page.get_by_label("Show Documentation Explorer").click()
    page.locator(".graphiql-doc-explorer").get_by_role("link", name="Query", exact=True).click()
    expect(page.locator(".graphiql-doc-explorer")).to_contain_text("A city's active listings, newest first")

    page.get_by_label("Show Statements").click()
    panel = page.locator(".statements")
    expect(panel.locator(".headline")).to_have_text(f"2 statements instead of {naive(url)}")
    expect(panel.locator(".level h3")).to_have_text(["Level 1", "Level 2", "Level 3"])
    assert panel.locator(".batch header .name").all_inner_texts() == [
        "properties_by_city",
        "owners_by_id",
        "property_counts_by_owner_id",
    ]
    expect(panel.locator(".batch").nth(1)).to_contain_text("50 remembered from before")


def test_every_example_opens_in_a_tab_of_its_own_and_runs(page: Page) -> None:
    """The first is open already, and so is the panel that lists them on a first visit."""
    examples = page.locator(".examples li button")
    titles = examples.locator("b").all_inner_texts()
    assert titles[:3] == ["A list with its owners", "A filtered connection", "Price history"]
    for index in range(len(titles)):
        examples.nth(index).click()
        expect(page.locator(".graphiql-tab")).to_have_count(index + 1)
        run(page)
        expect(page.locator(".cost")).to_contain_text("statement")
        assert page.locator(".cost .error").count() == 0


def test_an_example_shows_its_variables(page: Page) -> None:
    page.get_by_role("button", name="A mutation").click()
    expect(page.locator(".graphiql-editor-tool .CodeMirror:visible")).to_contain_text("ada@example.org")
    run(page)
    expect(page.locator(".result-window")).to_contain_text("Ada Example")


def test_an_example_that_is_open_is_not_opened_again(page: Page) -> None:
    for title in ("A filtered connection", "Price history", "A filtered connection", "A filtered connection"):
        page.get_by_role("button", name=title).click()
    expect(page.locator(".graphiql-tab")).to_have_count(3)
    expect(page.locator(".graphiql-query-editor")).to_contain_text("query Affordable")


def test_each_tab_shows_what_its_own_run_cost(page: Page) -> None:
    run(page)
    page.get_by_label("New tab").click()
    expect(page.locator(".cost")).to_have_count(0)
    page.locator(".graphiql-tab-button").first.click()
    expect(page.locator(".cost")).to_contain_text("statements")


def test_the_tab_key_leaves_an_editor(page: Page) -> None:
    page.locator(".graphiql-query-editor .CodeMirror").click()
    inside = "document.querySelector('.graphiql-query-editor .CodeMirror').contains(document.activeElement)"
    for key in ("Tab", "Shift+Tab"):
        page.locator(".graphiql-query-editor .CodeMirror").click()
        assert page.evaluate(inside)
        page.keyboard.press(key)
        assert not page.evaluate(inside)
    expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text("query FiftyWithOwners")


def test_an_error_of_a_query_is_shown_with_its_code_and_its_place(page: Page) -> None:
    write(page, '{ currency propertiesByCity(city: "Berlin", limit: 5000) { id } }')
    page.keyboard.press("Control+Enter")
    error = page.locator(".cost .error")
    expect(error).to_contain_text("limit: must be between 1 and 500, not 5000")
    expect(error).to_contain_text("BAD_USER_INPUT at propertiesByCity line 1, column 12")
    assert '"errors"' in response(page)
    error.get_by_role("button", name="line 1, column 12").click()
    page.keyboard.type("alias: ")
    expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text("currency alias: propertiesByCity")


def test_a_server_that_is_gone_is_said_in_words(browser: Browser, town: str) -> None:
    with serving(town, FREEHOLD_TRACE="on") as server, visiting(browser, server.url) as visit:
        page = visit.open()
        server.process.kill()
        server.process.wait()
        page.locator(".graphiql-execute-button").click()
        expect(page.locator(".cost .error")).to_contain_text("The server does not answer")
        visit.complaints.clear()  # the browser's own word on it


def test_a_click_on_a_statement_shows_its_sql_and_its_plan(page: Page) -> None:
    run(page)
    page.locator(".cost button").click()
    page.locator(".statement button").first.click()
    explanation = page.locator(".explanation pre")
    expect(explanation.first).to_contain_text("FROM properties p")
    expect(explanation.last).to_contain_text("USING COVERING INDEX")


def test_what_the_cache_had_takes_no_statement(browser: Browser, town: str) -> None:
    with serving(town, FREEHOLD_TRACE="on") as server, visiting(browser, server.url) as visit:
        page = visit.open()
        run(page)
        page.get_by_label("Show Statements").click()
        expect(page.locator(".statements")).to_contain_text("3 statements instead of")
        run(page)
        expect(page.locator(".statements")).to_contain_text("0 statements instead of")


def test_what_the_cache_and_other_requests_gave_is_told_and_what_is_slow_or_repeated_stands_out(page: Page) -> None:
    """On an answer made for this test: no server here is slow on purpose, or asked by many."""
    statement = {
        "name": "owners_by_id",
        "keys": 40,
        "rows": 38,
        "start": 5,
        "ms": 412,
        "run": 2,
        "error": "DeadlineExceeded",
    }
    batch = {
        "read": "owners_by_id",
        "start": 4,
        "ms": 420,
        "level": 1,
        "asked": 50,
        "distinct": 33,
        "hits": 30,
        "misses": 3,
        "absent": 0,
        "shared": 4,
        "error": None,
        "statements": [statement],
    }
    totals = {
        "ms": 430,
        "levels": 1,
        "statements": 1,
        "naive": 51,
        "keys": 40,
        "rows": 38,
        "hits": 30,
        "misses": 3,
        "databaseMs": 412,
    }
    trace = {"operation": None, "totals": totals, "levels": [[batch]], "missed": 0}
    answer = {"data": {}, "extensions": {"trace": trace}}
    page.route("**/graphql", lambda route: route.fulfill(json=answer))
    run(page)
    page.get_by_label("Show Statements").click()
    panel = page.locator(".statements")
    expect(panel.locator(".totals")).to_contain_text("30 of 33")
    expect(panel.locator(".facts")).to_have_text(
        "50 to 1 · 33 distinct keys · 30 hits, 3 misses · together with 4 other calls"
    )
    expect(panel.locator(".mark")).to_have_text(["slow", "run 2", "DeadlineExceeded"])
    assert panel.locator("button").count() == 0  # without an id there is no SQL to show


def test_a_query_in_the_address_is_opened(visit: Visit) -> None:
    query = "query Linked($c: String!) { propertiesByCity(city: $c) { id } }"
    page = visit.open("#" + urlencode({"query": query, "variables": '{"c": "Paris"}'}))
    expect(page.locator(".graphiql-query-editor")).to_contain_text("query Linked")
    run(page)
    expect(page.locator(".result-window")).to_contain_text("property_")


def test_the_address_of_a_query_opens_it_again(browser: Browser, url: str, page: Page) -> None:
    write(page, 'query Shared { propertiesByCity(city: "Paris") { price } }')
    page.get_by_label("Copy a link to this query").click()
    expect(page.get_by_text(re.compile("Copied|The link is in the address bar"))).to_be_in_viewport(ratio=1)
    expect(page).to_have_url(re.compile("#query="))
    with visiting(browser, url) as other:
        other.open("#" + page.url.partition("#")[2])
        expect(other.page.locator(".graphiql-query-editor")).to_contain_text("query Shared")


def test_what_ran_is_in_the_history(page: Page) -> None:
    run(page)
    page.get_by_label("Show History").click()
    expect(page.locator(".graphiql-history")).to_contain_text("FiftyWithOwners")


def test_headers_are_sent_with_the_query(page: Page) -> None:
    page.get_by_role("button", name="Headers").click()
    page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
    page.keyboard.insert_text('{"x-request-id": "of-news"}')
    page.wait_for_timeout(300)  # the editor tells GraphiQL after a moment
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.locator(".graphiql-execute-button").click()
    assert sent.value.headers["x-request-id"] == "of-news"


SECRET = "a-token-for-nobody-else"


def write_headers(page: Page, headers: str) -> None:
    page.get_by_role("button", name="Headers", exact=True).click()
    page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(headers)
    expect(page.locator(".graphiql-editor-tool")).to_contain_text(headers)
    page.wait_for_timeout(300)  # the editor tells GraphiQL after a moment


def persist_headers(page: Page, choice: str) -> None:
    page.get_by_label("Open settings dialog").click()
    group = page.locator(".graphiql-dialog-section", has_text="Persist headers")
    group.get_by_role("button", name=choice, exact=True).click()
    page.keyboard.press("Escape")


def stored(page: Page) -> str:
    """Everything that the browser keeps for the page, once what GraphiQL stores after a moment is there."""
    page.wait_for_timeout(700)
    return str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"))


def test_headers_are_never_stored_unless_the_user_asks_for_it(visit: Visit) -> None:
    page = visit.open()
    write_headers(page, f'{{"x-request-id": "{SECRET}"}}')
    run(page)
    page.get_by_label("Show History").click()
    expect(page.locator(".graphiql-history")).to_contain_text("FiftyWithOwners")
    page.locator(".graphiql-history").get_by_label("Add favorite").first.click()
    assert "FiftyWithOwners" in stored(page)
    assert SECRET not in stored(page)

    persist_headers(page, "On")
    write(page, "query Persisted { currency }")
    run(page)
    assert SECRET in stored(page)

    persist_headers(page, "Off")
    assert SECRET not in stored(page)
    assert "query Persisted" in stored(page)
    write(page, "query After { currency }")
    run(page)
    assert SECRET not in stored(page)


def test_headers_that_an_older_page_stored_are_removed(visit: Visit) -> None:
    page = visit.open()
    entry = {"query": "query Old { currency }", "headers": SECRET}
    page.evaluate("(entry) => localStorage.setItem('graphiql:queries', JSON.stringify({queries: [entry]}))", entry)
    page.reload()
    page.get_by_label("Show History").click()
    expect(page.locator(".graphiql-history")).to_contain_text("Old")
    assert SECRET not in stored(page)


def test_a_variable_called_headers_is_stored_like_any_other(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("button", name="Variables", exact=True).click()
    page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
    page.keyboard.insert_text('{"headers": "of a table"}')
    assert "of a table" in stored(page)


def test_the_page_works_where_the_browser_forbids_storage(visit: Visit) -> None:
    forbid = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    visit.page.add_init_script(forbid)
    run(visit.open())


def test_fields_are_picked_in_the_explorer(page: Page) -> None:
    write(page, "{ __typename }")
    page.get_by_label("Show GraphiQL Explorer").click()
    page.locator(".graphiql-explorer-root").get_by_text("currency", exact=True).click()
    expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_contain_text("currency")


def test_light_and_dark_follow_the_system_and_the_settings(browser: Browser, url: str) -> None:
    def background(page: Page) -> int:
        color = page.evaluate("getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor")
        return int(re.findall(r"\d+", color)[0])

    with visiting(browser, url, dark=True) as visit:
        page = visit.open()
        assert background(page) < 80
        page.get_by_label("Open settings dialog").click()
        page.get_by_role("button", name="Light").click()
        assert background(page) > 200


def test_keyboard_shortcuts_are_listed(page: Page) -> None:
    page.get_by_label("Open short keys dialog").click()
    expect(page.get_by_role("dialog")).to_contain_text("Execute query")


def test_a_server_that_does_not_trace_is_told_of_in_words(browser: Browser, town: str) -> None:
    with serving(town, FREEHOLD_PUBLIC="read") as server, visiting(browser, server.url) as visit:
        page = visit.open()
        run(page)
        page.get_by_label("Show Statements").click()
        expect(page.locator(".statements")).to_contain_text("FREEHOLD_TRACE=on")
        expect(page.locator(".cost")).not_to_contain_text("statement")


def test_a_subscription_goes_over_a_websocket(visit: Visit) -> None:
    """The schema has none yet: this socket speaks the protocol that the server will."""

    def answer(socket: WebSocketRoute) -> None:
        def on_message(text: str | bytes) -> None:
            if "connection_init" in str(text):
                socket.send('{"type": "connection_ack"}')
            elif '"subscribe"' in str(text):
                id = re.findall(r'"id":"([^"]+)"', str(text))[0]
                socket.send(f'{{"type": "next", "id": "{id}", "payload": {{"data": {{"tick": 41}}}}}}')
                socket.send(f'{{"type": "complete", "id": "{id}"}}')

        socket.on_message(on_message)

    visit.page.route_web_socket(re.compile("/graphql$"), answer)
    page = visit.open()
    write(page, "subscription { tick }")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".result-window")).to_contain_text('"tick": 41')


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_nothing_is_cut_off(browser: Browser, url: str, dark: bool) -> None:
    with visiting(browser, url, width=390, height=844, dark=dark) as visit:
        page = visit.open()
        run(page)
        page.locator(".cost button").click()
        expect(page.locator(".statements .headline")).to_be_in_viewport(ratio=1)
        for button in page.locator(".graphiql-sidebar button").all():
            expect(button).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_policy_lets_the_page_talk_to_this_server_alone(visit: Visit) -> None:
    page = visit.open()
    page.evaluate(
        """async () => {
            window.refused = [];
            addEventListener("securitypolicyviolation", (event) => window.refused.push(event.blockedURI));
            await fetch("http://elsewhere.example/").catch(() => null);
            await new Promise((resolve) => {
                const socket = new WebSocket(`ws://${location.host}/graphql`, "graphql-transport-ws");
                socket.onopen = socket.onerror = resolve;
            });
        }"""
    )
    assert page.evaluate("window.refused") == ["http://elsewhere.example/"]
    visit.complaints.clear()  # the browser's own words on both
