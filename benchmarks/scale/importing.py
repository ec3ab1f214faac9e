"""Export, and the import of a file of changed rows into a full database."""

import random
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import orjson

from benchmarks.scale.filling import run_long

CHANGED = 10_000
_SEED = 7
_OF_THE_DATABASE = ("version", "created_at", "updated_at")


class Transfer(NamedTuple):
    """Seconds of exporting everything, of importing a new price for `CHANGED` listings, and of the same file again."""

    export: float
    changed: float
    unchanged: float


def transfer(url: str) -> tuple[Transfer, list[str]]:
    """The seconds, and the ids of the listings that were changed, by chance."""
    with tempfile.TemporaryDirectory() as folder:
        whole, edited = Path(folder, "whole.ndjson"), Path(folder, "edited.ndjson")
        exported = _timed(url, "export", whole)
        listings = _draw(whole)
        edited.write_bytes(b"".join(orjson.dumps(_edit(listing)) + b"\n" for listing in listings))
        seconds = Transfer(exported, _timed(url, "import", edited), _timed(url, "import", edited))
    return seconds, [listing["id"] for listing in listings]


def _draw(file: Path) -> list[dict[str, Any]]:
    """`CHANGED` of its listings by chance, each as likely as the other."""
    chance = random.Random(_SEED)
    drawn: list[bytes] = []
    with file.open("rb") as lines:
        for seen, line in enumerate(line for line in lines if line.startswith(b'{"type":"property"')):
            if seen < CHANGED:
                drawn.append(line)
            elif (place := chance.randrange(seen + 1)) < CHANGED:
                drawn[place] = line
    chance.shuffle(drawn)
    return [orjson.loads(line) for line in drawn]


def _edit(listing: dict[str, Any]) -> dict[str, Any]:
    kept = {field: value for field, value in listing.items() if field not in _OF_THE_DATABASE}
    return kept | {"price": listing["price"] + 1000}


def _timed(url: str, command: str, file: Path) -> float:
    begun = perf_counter()
    run_long(url, command, str(file))
    return round(perf_counter() - begun, 2)
