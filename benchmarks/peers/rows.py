"""The rows that a run asks for: schemas in the harness's PostgreSQL, one of the peers' tables and one of Freehold's."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

_FOLDER = Path(__file__).parent


class Rows(NamedTuple):
    """The names of both schemas, and what there is to ask for: `city` formats a city's number."""

    peers: str
    freehold: str
    cities: int
    city: str
    listings: int

    def variables(self, query: str, chance: Random, limits: dict[str, int]) -> dict[str, Any]:
        """Of one request."""
        if query == "point":
            return {"id": f"p{chance.randint(1, self.listings):06}"}
        return {"c": self.city.format(chance.randrange(self.cities)), "n": limits[query]}


FIFTY = Rows("public", "freehold", 50, "City{:02}", 100_000)
FIVE_THOUSAND = Rows("cities", "freehold_cities", 5_000, "City{:04}", 500_000)


def address(harness: Any, schema: str) -> str:
    """The URL that leads to these tables, for Python's driver as for Node's."""
    return f"postgresql://bench@127.0.0.1:{harness.PGPORT}/bench?options=-c%20search_path%3D{schema}"


def load(harness: Any) -> None:
    """Make the tables anew, all but the harness's own, and fill them with its rows."""
    _run(harness, "cities.sql")
    for rows in (FIFTY, FIVE_THOUSAND):
        harness.psql(f"DROP SCHEMA IF EXISTS {rows.freehold} CASCADE")
        harness.psql(f"CREATE SCHEMA {rows.freehold}")
        environment = {**os.environ, "FREEHOLD_DATABASE_URL": address(harness, rows.freehold)}
        subprocess.run([Path(sys.executable).with_name("freehold"), "migrate"], check=True, env=environment)
        _run(harness, "freehold.sql", peers=rows.peers, freehold=rows.freehold)


def _run(harness: Any, file: str, **names: str) -> None:
    target = ["-h", "127.0.0.1", "-p", harness.PGPORT, "-U", "bench", "-d", "bench"]
    variables = [option for name, value in names.items() for option in ("-v", f"{name}={value}")]
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", *variables, *target, "-f", _FOLDER / file], check=True)
