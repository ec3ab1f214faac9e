"""A Redis that answers and refuses ends the start in one line that names the variable; one that is down does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis

from server.app import create_app
from server.redis_links import build_links
from server.settings.secret import Secret
from server.settings.settings import Settings
from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.server.clients import opened
from tests.server.command_line import Ended, assert_explained, run_main
from tests.server.fake_postgres import refusing
from tests.server.process import environment, run_freehold

CREDENTIALS = "Redis refuses the user and password of the URL, or asks for them where it has none"


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str) -> Any:
    """Runs `serve` to its end."""

    def start(**variables: str) -> Ended:
        settings = {"FREEHOLD_DATABASE_URL": sqlite_url, "FREEHOLD_PORT": "0"}
        return run_main(monkeypatch, capsys, "serve", **settings, **variables)

    return start


def place(server: RedisServer) -> str:
    return urlsplit(server.url).netloc


@contextmanager
def user(server: RedisServer, *rules: str) -> Iterator[str]:
    """The URL as a user with these rights."""
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "limited", "on", ">hunter2", "~*", *rules)
        try:
            yield f"redis://limited:hunter2@{place(server)}/0"
        finally:
            client.execute_command("ACL", "DELUSER", "limited")


@pytest.mark.parametrize("variable", ["FREEHOLD_CACHE_URL", "FREEHOLD_REDIS_URL"])
def test_a_wrong_password_ends_the_start(start: Any, redis_server: RedisServer, variable: str) -> None:
    ended = start(**{variable: f"redis://u:hunter2@{place(redis_server)}/0"})
    assert_explained(ended, f"{variable}: {CREDENTIALS}")


def test_a_missing_password_ends_the_start(start: Any, redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("requirepass", "hunter2")
        try:
            assert_explained(start(FREEHOLD_CACHE_URL=redis_server.url), f"FREEHOLD_CACHE_URL: {CREDENTIALS}")
        finally:
            client.config_set("requirepass", "")


def test_a_number_that_no_database_has_ends_the_start(start: Any, redis_server: RedisServer) -> None:
    ended = start(FREEHOLD_CACHE_URL=f"redis://{place(redis_server)}/99")
    assert_explained(ended, "FREEHOLD_CACHE_URL: Redis has no database of the URL's number")


@pytest.mark.parametrize("rules", [("+@all", "-info"), ("+@all", "-eval"), ("+@all", "-set"), ("+info",)])
def test_a_user_that_may_not_run_what_we_run_ends_the_start(
    start: Any, redis_server: RedisServer, rules: tuple[str, ...]
) -> None:
    with user(redis_server, *rules) as url:
        ended = start(FREEHOLD_CACHE_URL=url)
    assert_explained(ended, "FREEHOLD_CACHE_URL: Redis does not let the URL's user run what Freehold needs (")


def test_what_is_no_redis_ends_the_start(start: Any) -> None:
    with refusing(b"HTTP/1.1 400 Bad Request\r\n\r\n") as elsewhere:
        ended = start(FREEHOLD_CACHE_URL=f"redis://{elsewhere}/0")
    assert_explained(ended, "FREEHOLD_CACHE_URL: the server there is not a Redis")


def test_one_redis_of_both_variables_is_named_by_both(start: Any, redis_server: RedisServer) -> None:
    url = f"redis://{place(redis_server)}/99"
    ended = start(FREEHOLD_CACHE_URL=url, FREEHOLD_REDIS_URL=url)
    assert_explained(ended, "FREEHOLD_CACHE_URL and FREEHOLD_REDIS_URL: Redis has no database")


def test_several_workers_say_it_once(sqlite_url: str, redis_server: RedisServer) -> None:
    env = environment(
        FREEHOLD_DATABASE_URL=sqlite_url,
        FREEHOLD_PORT="0",
        FREEHOLD_WORKERS="2",
        FREEHOLD_CACHE_URL=f"redis://{place(redis_server)}/99",
    )
    ended = run_freehold("serve", env=env)
    assert_explained(Ended(ended.returncode, ended.stdout, ended.stderr), "FREEHOLD_CACHE_URL: ")


async def test_a_redis_that_is_down_does_not_keep_a_server_from_starting(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = Secret(f"redis://127.0.0.1:{free_port()}/0")
    settings = Settings(database_url=Secret(sqlite_url), cache_url=url, demonstration=True)
    await build_links(settings).check()
    async with opened(create_app(settings)) as http:
        assert (await http.get("/readyz")).json() == {"status": "ready"}
    [line] = [message for message in caplog.messages if message.startswith("the cache is off until Redis answers: ")]
    assert "FREEHOLD_CACHE_URL: " in line
