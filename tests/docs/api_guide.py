"""The examples of the API guide: each request of a page, and the answer that the page shows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_BLOCK = re.compile(r"^```(?P<kind>[^\n]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY = "…"


class Example(NamedTuple):
    """A request: `kind` is what the page calls its block (`graphql`, `graphql token`, `sh` or `js`).

    `answer` is the text of the block that shows what comes back, `answer_kind` says how: `json` or `http`.
    """

    kind: str
    text: str
    variables: str
    answer: str
    answer_kind: str


def examples_of(page: Path) -> Iterator[Example]:
    """The page's requests, in order. Raises ValueError for an answer that follows no request.

    Blocks of JavaScript are one program: the text of each contains those before it.
    """
    kind, text, variables, program = "", "", "", ""
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        block = found["kind"]
        if block in ("graphql", "graphql token", "sh", "js"):
            kind, text, variables = block, found["text"], "{}"
            if block == "js":
                program += text
                text = program
        elif block == "json variables":
            variables = found["text"]
        elif block.endswith(" answer"):
            if not text:
                raise ValueError(f"{page}: an answer without a request: {found['text']}")
            yield Example(kind, text, variables, found["text"], block.removesuffix(" answer"))
            text = ""
    if text and kind != "js":
        raise ValueError(f"{page}: a request without an answer: {text}")


def program_of(page: Path) -> str:
    """All JavaScript of the page, as one module."""
    return "".join(
        found["text"] for found in _BLOCK.finditer(page.read_text(encoding="utf-8")) if found["kind"] == "js"
    )


def is_like(answer: Any, shown: Any) -> bool:
    """Whether the answer is what the page shows, `…` standing for any text and, at a list's end, for more items."""
    if isinstance(shown, str):
        return isinstance(answer, str) and re.fullmatch(_pattern(shown), answer, re.DOTALL) is not None
    if isinstance(shown, dict):
        return (
            isinstance(answer, dict)
            and answer.keys() == shown.keys()
            and all(is_like(answer[name], value) for name, value in shown.items())
        )
    if isinstance(shown, list):
        if shown[-1:] == [_ANY]:
            shown = shown[:-1]
            answer = answer[: len(shown)]
        return len(answer) == len(shown) and all(map(is_like, answer, shown))
    return bool(answer == shown)


def is_like_http(answer: str, shown: str) -> bool:
    """Whether a response has the status, the headers and the body that the page shows; it may have other headers."""
    head, _, body = shown.partition("\n\n")
    status, *headers = head.splitlines()
    got_head, _, got_body = answer.replace("\r\n", "\n").partition("\n\n")
    got_status, *got_headers = got_head.splitlines()
    return (
        got_status.startswith(status)
        and all(any(is_like(got, header) for got in got_headers) for header in headers)
        and (is_like(json.loads(got_body), json.loads(body)) if body.strip() else not got_body)
    )


def _pattern(shown: str) -> str:
    return ".*".join(map(re.escape, shown.split(_ANY)))
