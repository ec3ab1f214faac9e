"""Sentences of the guides that list things: what they list is what the server has."""

import re

from server.settings.environment import variable_of
from server.settings.settings import Settings
from tests.docs.pages import ROOT
from tests.server.clients import running

HOWTO = ROOT / "docs" / "howto"


async def test_the_guide_lists_the_headers_that_pages_can_read(sqlite_url: str) -> None:
    text = (HOWTO / "api" / "send-a-request.md").read_text(encoding="utf-8")
    listed = text.split("Your page can read these headers of an answer:")[1].split("\n\n")[0]
    async with running(sqlite_url, cors_origins=("https://app.example.org",)) as client:
        asked = {"query": "{ currency }"}
        answer = await client.post("/graphql", json=asked, headers={"origin": "https://app.example.org"})
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert sorted(re.findall(r"`([\w-]+)`", listed)) == sorted(exposed)


def test_log_lines_that_the_troubleshooting_page_quotes_are_in_the_code() -> None:
    folders = ("server", "storage")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    # Python joins texts that follow each other.
    code = re.sub(r'"\s*\n\s*f?"', "", "".join(path.read_text(encoding="utf-8") for path in files))
    table = (HOWTO / "troubleshoot.md").read_text(encoding="utf-8").split("## What the log says")[1]
    quoted = [
        line for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for line in re.findall(r"`([^`]+)`", row)
    ]
    assert len(quoted) > 8
    # Names, numbers and what a Redis is for are filled in.
    parts = [
        part.strip() for line in quoted for part in re.split(r"SQLite: the file|…|\bN\b|until Redis answers", line)
    ]
    assert [part for part in parts if part and part not in code] == []


def test_the_limits_that_are_settings_are_shown_with_their_defaults() -> None:
    page = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| ([\d,.]+)[^|]* \| `(FREEHOLD_\w+)` \|", page, re.MULTILINE)
    defaults = {variable_of(field): getattr(Settings(), field) for field in Settings.__struct_fields__}
    shown = [(variable, float(number.replace(",", ""))) for number, variable in rows]
    wrong = [(variable, number) for variable, number in shown if defaults[variable] not in (None, number)]
    # All answers of a worker together may have 8 times an answer, and all requests 64 times a body.
    assert wrong == [("FREEHOLD_ANSWER_LIMIT", 8.0), ("FREEHOLD_BODY_LIMIT", 64.0)]
    assert len(shown) > 20


def test_every_room_of_the_server_is_on_the_map() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "server").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `server/(\w+)/` \|", page, re.MULTILINE)) == rooms
