"""The link: what fails, who waits for it, and when Redis is used again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis

from storage.redis_link import LinkOptions, RedisDown, RedisLink, RedisUser
from tests.redis_server import RedisServer
from tests.silent_server import open_silent_server

DOWN = "it is lost until Redis answers: FREEHOLD_X: it did not answer in time"


@asynccontextmanager
async def linked(url: str, *, timeout: float = 5.0, retry: float = 0.02) -> AsyncIterator[RedisLink]:
    """With a user, whose messages are logged."""
    link = RedisLink(url, LinkOptions(timeout=timeout, retry=retry, connections=4), called="FREEHOLD_X")
    link.attach(RedisUser(lost="it is lost", back="it is back"))
    await link.open()
    try:
        yield link
    finally:
        await link.close()


def reading(link: RedisLink) -> Callable[[], Awaitable[Any]]:
    """A command."""
    return lambda: link.client.get("key")


async def refuse() -> None:
    """A command that fails."""
    raise ConnectionError


async def fail(link: RedisLink) -> None:
    """Lose Redis by a command that it never answers."""
    with pytest.raises(RedisDown):
        await link.run(lambda: link.client.blpop(["nothing"], timeout=0))


async def test_after_one_command_waited_for_its_deadline_all_others_fail_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        open_silent_server() as silent,
        linked(f"redis://127.0.0.1:{silent.port}", timeout=0.05, retry=60) as link,
    ):
        for _ in range(50):
            with pytest.raises(RedisDown):
                await link.run(reading(link))
        assert silent.accepted == 1
    assert caplog.messages == [DOWN]


async def test_commands_that_wait_while_redis_hangs_are_not_sent_later(
    redis_server: RedisServer,
) -> None:
    async with linked(redis_server.url, timeout=0.2, retry=60) as link:
        commands = [link.run(lambda: link.client.blpop(["nothing"], timeout=0)) for _ in range(100)]
        outcomes = await asyncio.gather(*commands, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {RedisDown}
        with redis.Redis.from_url(redis_server.url) as client:
            assert client.info("commandstats")["cmdstat_blpop"]["calls"] <= 4


async def test_more_commands_than_connections_wait_and_are_no_failure(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with linked(redis_server.url) as link:
        assert await asyncio.gather(*(link.run(reading(link)) for _ in range(500))) == [None] * 500
    assert caplog.messages == []


async def test_a_command_that_outlived_the_failure_does_not_lose_redis_again(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with linked(redis_server.url, timeout=1.0) as link:
        slow = asyncio.create_task(fail(link))
        await asyncio.sleep(0.5)
        with pytest.raises(RedisDown):
            await link.run(refuse)
        await link.wait_until_up()
        await slow
        assert link.is_up
    assert len(caplog.messages) == 2
    assert caplog.messages[1] == "it is back"


async def test_a_redis_that_answers_and_takes_no_writes_is_down(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.replicaof("127.0.0.1", "1")
        try:
            async with linked(redis_server.url) as link:
                assert not link.is_up
                client.replicaof("NO", "ONE")
                await link.wait_until_up()
        finally:
            client.replicaof("NO", "ONE")
    assert caplog.messages[0].endswith("it is a read-only replica: the URL must lead to its primary")


async def test_a_user_that_is_stale_is_mended_before_anybody_uses_redis_again(redis_server: RedisServer) -> None:
    class Stale(RedisUser):
        mended = 0

        async def mend(self) -> None:
            assert not link.is_up
            self.mended += 1
            self.is_stale = self.mended < 3  # as if more were lost meanwhile

    async with linked(redis_server.url, timeout=0.1) as link:
        stale = Stale(lost="stale", back="fresh")
        link.attach(stale)
        await fail(link)
        stale.is_stale = True
        await link.wait_until_up()
        assert stale.mended == 3
        link.detach(stale)


async def test_a_user_attached_while_redis_is_down_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        open_silent_server() as silent,
        linked(f"redis://127.0.0.1:{silent.port}", timeout=0.05, retry=60) as link,
    ):
        link.attach(RedisUser(lost="another is lost", back="another is back"))
    assert caplog.messages == [DOWN, "another is lost until Redis answers: FREEHOLD_X: it did not answer in time"]


async def test_a_link_that_was_closed_may_be_opened_again(redis_server: RedisServer) -> None:
    link = RedisLink(redis_server.url, called="FREEHOLD_X")
    for _ in range(2):
        with pytest.raises(RedisDown):
            await link.run(reading(link))
        await link.open()
        assert await link.run(reading(link)) is None
        await link.close()


async def test_a_redis_without_tls_is_named_as_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        open_silent_server() as silent,
        linked(f"rediss://127.0.0.1:{silent.port}", timeout=0.05, retry=60),
    ):
        pass
    assert caplog.messages == [f"{DOWN}; is it a Redis without TLS, which redis:// is for?"]
