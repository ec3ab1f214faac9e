"""A cache in Redis, shared by every worker and instance."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import ConnectionError, RedisError

from storage.cache.cache import ABSENT, OFF, Fill, Miss
from storage.cache.cached_read import CachedRead, Slot
from storage.completion import end, finish
from storage.events import InvalidationEvent, OnEvent, ignore_event
from storage.provenance import Proof
from storage.redis_pool import build_pool, explain
from storage.statements import load_texts

logger = logging.getLogger("freehold")

_FAILED = (RedisError, OSError, TimeoutError)
_EPOCH = "freehold:epoch"
_NEWCOMERS = "freehold:newcomers"
_VOUCHED = "freehold:vouched"
_LOOKS = 8
_BESIDE = 2  # connections for what runs beside scripts: vouching and flushing
_ABSENT = b"\xc1"  # the byte that msgpack never uses


class RedisOptions(msgspec.Struct, frozen=True):
    """How Redis is used, times in seconds.

    `ttl` as for memory; `timeout` of each command, `retry` between tries while Redis is down; `writing` is the longest
    that a transaction may take from its last statement to its commit. A write that Redis could not be told of is
    acknowledged when Redis has been flushed, or after `bound`, when every worker has heard of it from the database.
    Without `personal`, owners' rows stay out.
    """

    ttl: float = 300.0
    timeout: float = 0.25
    retry: float = 0.5
    writing: float = 60.0
    bound: float = 2.0
    connections: int = 16
    personal: bool = True


class CacheDown(Exception):
    """Redis did not do what it was asked to, or not in time."""


class RedisCache:
    """Implements `Cache` (storage/cache/cache.py).

    A command that fails switches the cache off for this process until Redis answers again. If Redis was restarted, or
    an invalidation was lost meanwhile, everything is flushed first.
    """

    bytes = 0

    def __init__(self, url: str, options: RedisOptions, on_event: OnEvent) -> None:
        self._pool = build_pool(
            BlockingConnectionPool,
            url,
            deadline=options.timeout,
            timeout=options.timeout,
            max_connections=options.connections + _BESIDE,
            redis_connect_func=self._greet,
        )
        self._client = Redis.from_pool(self._pool)
        self._room = asyncio.Semaphore(options.connections)
        self._options = options
        self._on_event = on_event
        self._scripts = {
            name: self._client.register_script(script)
            for name, script in load_texts("storage.cache", "scripts.lua").items()
        }
        self._is_on = False
        self._period = 0  # counts the times that the cache was switched on
        self._must_flush = False
        self._run_id = b""
        self._flushed = asyncio.Event()
        self._recovery: asyncio.Task[None] | None = None

    async def get_many(self, kind: CachedRead[Any], slots: Sequence[Slot]) -> Sequence[Any]:
        if kind.personal and not self._options.personal:
            return [OFF] * len(slots)
        ttl = int(self._options.ttl * random.uniform(900, 1000))
        arguments = [uuid4().hex, *(_field(kind, slot) for slot in slots), ttl]
        try:
            answers = await self._run("get_many", [slot.tag for slot in slots], arguments)
        except CacheDown:
            return [OFF] * len(slots)
        return [_read(kind, answer) for answer in answers]

    def prove(self, slots: Sequence[Slot], held: Sequence[Any]) -> Proof | None:
        return None

    def holds(self, proof: Proof) -> bool:
        return False

    async def set_many(self, kind: CachedRead[Any], fills: Sequence[Fill]) -> int:
        arguments: list[Any] = []
        for fill in fills:
            packed = _ABSENT if fill.value is ABSENT else kind.pack(fill.value)
            arguments += [fill.lease, _field(kind, fill.slot), packed]
        try:
            return len(fills) - int(await self._run("set_many", [fill.slot.tag for fill in fills], arguments))
        except CacheDown:
            return len(fills)

    @asynccontextmanager
    async def writing(self, tags: Collection[str]) -> AsyncIterator[None]:
        self._on_event(InvalidationEvent(len(tags), "write"))
        write = uuid4().hex
        begun = ended = False
        try:
            begun = await self._invalidate("begin_writing", tags, write, int(self._options.writing * 1000))
            yield
        finally:
            ended = await finish(self._invalidate("end_writing", tags, write))
            if not (begun and ended):
                await self._wait_for_flush()

    async def forget(self, tags: Collection[str]) -> None:
        self._on_event(InvalidationEvent(len(tags), "channel"))
        await self._invalidate("forget", tags)

    async def flush(self) -> None:
        self._must_flush = True
        if self._is_on:
            period = self._period
            try:
                await self._flush()
            except _FAILED as exc:
                self._switch_off(exc, period)

    async def newcomers(self) -> int:
        if not self._is_on:
            return 0
        period = self._period
        try:
            return int(await self._client.get(_NEWCOMERS) or 0)
        except _FAILED as exc:
            self._switch_off(exc, period)
            return 0

    async def vouch(self, newcomers: int, seconds: float) -> None:
        if self._is_on:
            period = self._period
            try:
                await self._client.set(_VOUCHED, newcomers, px=int(seconds * 1000))
            except _FAILED as exc:
                self._switch_off(exc, period)

    async def await_vouch(self, seconds: float) -> bool:
        period = self._period
        try:
            number = int(await self._client.incr(_NEWCOMERS))
            for _ in range(_LOOKS):
                await asyncio.sleep(seconds / _LOOKS)
                if int(await self._client.get(_VOUCHED) or 0) >= number:
                    return True
        except _FAILED as exc:
            self._switch_off(exc, period)
        return False

    async def close(self) -> None:
        self._is_on = False
        if self._recovery is not None:
            await end(self._recovery)
        with suppress(*_FAILED):
            await self._client.aclose()

    async def switch_on(self) -> None:
        """Use the cache from now on, or as soon as Redis answers."""
        try:
            await self._switch_on()
        except _FAILED as exc:
            self._is_on = True
            self._switch_off(exc, self._period)

    async def _run(self, script: str, tags: Collection[str], arguments: Sequence[Any]) -> Any:
        """Raises CacheDown. To wait for others' commands is no failure of Redis, and does not count as its time."""
        async with self._room:
            if not self._is_on:
                raise CacheDown
            period = self._period
            keys: list[bytes | str | memoryview[int]] = [_EPOCH, *map(_key, tags)]
            try:
                async with asyncio.timeout(self._options.timeout):
                    return await self._scripts[script](keys=keys, args=arguments)
            except _FAILED as exc:
                self._switch_off(exc, period)
                raise CacheDown from exc

    async def _invalidate(self, script: str, tags: Collection[str], *arguments: Any) -> bool:
        """Whether Redis did it; if not, everything will be flushed when it is back."""
        try:
            await self._run(script, tags, arguments)
        except CacheDown:
            self._must_flush = True
            return False
        return True

    async def _wait_for_flush(self) -> None:
        """Until no worker can have what a write of ours has changed: flushed by us, or heard of by itself."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._options.bound):
                await self._flushed.wait()

    def _switch_off(self, exc: Exception, period: int) -> None:
        """A command of an earlier period says nothing about the Redis that has answered since."""
        if self._is_on and period == self._period:
            self._is_on = False
            self._flushed.clear()
            logger.warning("the cache is off until Redis answers: %s", explain(exc))
            self._recovery = asyncio.create_task(self._recover())

    async def _recover(self) -> None:
        while not self._is_on:
            await asyncio.sleep(self._options.retry)
            with suppress(*_FAILED):
                await self._switch_on()
        logger.warning("the cache is on again")

    async def _switch_on(self) -> None:
        async with asyncio.timeout(self._options.timeout):
            await self._pool.disconnect(inuse_connections=False)  # made before the failure, they may be dead as well
            await self._client.ping()
            while self._must_flush:
                await self._flush()
        self._is_on = True
        self._period += 1
        self._flushed.set()

    async def _greet(self, connection: Any) -> None:
        """What every new connection begins with: a Redis that was restarted may hold what it saved long ago."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        run_id = _run_id_of(await connection.read_response())
        if run_id == self._run_id:
            return
        if self._is_on:
            raise ConnectionError("Redis was restarted")
        self._must_flush = self._must_flush or self._run_id != b""
        self._run_id = run_id

    async def _flush(self) -> None:
        self._must_flush = False
        try:
            await self._client.set(_EPOCH, uuid4().hex)
        except BaseException:
            self._must_flush = True
            raise
        self._on_event(InvalidationEvent(None, "channel"))


def _key(tag: str) -> bytes:
    return b"freehold:" + tag.encode(errors="surrogatepass")


def _field(kind: CachedRead[Any], slot: Slot) -> bytes:
    return f"{kind.format}:{slot.field}".encode(errors="surrogatepass")


def _read(kind: CachedRead[Any], answer: Any) -> Any:
    if isinstance(answer, list):
        return Miss(answer[0]) if answer else OFF
    return ABSENT if answer == _ABSENT else kind.unpack(answer)


def _run_id_of(info: Any) -> bytes:
    text: bytes = info if isinstance(info, bytes) else str(info).encode()
    return text.partition(b"run_id:")[2].partition(b"\r")[0]


async def open_redis(url: str, options: RedisOptions | None = None, *, on_event: OnEvent = ignore_event) -> RedisCache:
    """The cache in the Redis that a `redis://…` URL names; off until it answers. Raises ValueError for a bad URL."""
    cache = RedisCache(url, options or RedisOptions(), on_event)
    await cache.switch_on()
    return cache
