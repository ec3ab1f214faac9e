"""/livez and /readyz."""

import httpx
import pytest

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.errors import Misconfigured, SchemaMismatch, Unavailable
from storage.opening import sqlite_path
from storage.sql_store import SqlStore
from tests.server.clients import opened


async def test_a_server_is_alive_and_ready(http: httpx.AsyncClient) -> None:
    assert (await http.get("/livez")).json() == {"status": "alive"}
    assert (await http.get("/readyz")).json() == {"status": "ready"}


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (Unavailable("postgres://secret"), "the database does not answer"),
        (Misconfigured("permission denied for x"), "the database refuses what this server asks: its log says why"),
        (SchemaMismatch("2 migrations are missing"), "2 migrations are missing"),
    ],
)
async def test_a_server_without_its_database_is_alive_but_not_ready(
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    raised: Exception,
    reason: str,
) -> None:
    async def broken(self: SqlStore) -> None:
        raise raised

    monkeypatch.setattr(SqlStore, "check", broken)
    assert (await http.get("/livez")).status_code == 200
    response = await http.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "reason": reason}
    assert [each.getMessage() for each in caplog.records if each.name == "freehold"] == [f"not ready: {raised}"]


async def test_a_server_whose_tables_are_missing_does_not_start(empty_database_url: str) -> None:
    app = create_app(Settings(database_url=Secret(empty_database_url)))
    with pytest.raises(SchemaMismatch, match="run `freehold migrate`"):
        async with app.router.lifespan_context(app):
            pass


async def test_a_server_whose_sqlite_file_is_gone_is_not_ready_and_takes_no_writes(sqlite_url: str) -> None:
    settings = Settings(database_url=Secret(sqlite_url), cache_bound=0.2, demonstration=True)
    async with opened(create_app(settings)) as http:
        path = sqlite_path(sqlite_url)
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()
        query = 'mutation { createOwner(input: {name: "A", email: "a@example.org"}) { owner { id } } }'
        answer = (await http.post("/graphql", json={"query": query})).json()
        assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        response = await http.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"status": "not ready", "reason": "the database does not answer"}
