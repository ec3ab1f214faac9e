"""A cache in Redis, shared by every worker and instance."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import msgspec

from storage.cache.cache import ABSENT, OFF, Fill, Miss
from storage.cache.cached_read import CachedRead, Slot
from storage.completion import finish
from storage.events import InvalidationEvent, OnEvent, ignore_event
from storage.provenance import Proof
from storage.redis_link import RedisDown, RedisLink, RedisUser
from storage.statements import load_texts

_EPOCH = "freehold:epoch"
_GENERATION = "freehold:generation"
_ATTESTED = "freehold:attested"
_POLLS = 8
_ABSENT = b"\xc1"  # the byte that msgpack never uses


class RedisOptions(msgspec.Struct, frozen=True):
    """What the cache keeps, and for how long. Times are in seconds.

    `ttl` is as for memory. `max_write` is the longest time that a transaction may take from its last statement to its
    commit. A write whose invalidation failed is acknowledged after a flush, or after `max_staleness`, when every worker
    has received it from the database. Without `personal`, the rows of owners aren't cached.
    """

    ttl: float = 300.0
    max_write: float = 60.0
    max_staleness: float = 2.0
    personal: bool = True


class RedisCache(RedisUser):
    """Implements `Cache` (storage/cache/cache.py). It is off while its link is down.

    After a restart of Redis or a failed invalidation, everything is flushed before the cache is used again.
    """

    bytes = 0
    can_prove = False

    def __init__(
        self,
        link: RedisLink,
        scripts: Mapping[str, str],
        options: RedisOptions | None = None,
        *,
        on_event: OnEvent = ignore_event,
    ) -> None:
        super().__init__(lost="the cache is off", back="the cache is on again")
        self._link = link
        self._client = link.client
        self._options = options or RedisOptions()
        self._on_event = on_event
        self._scripts = {name: self._client.register_script(script) for name, script in scripts.items()}
        link.attach(self)

    async def get_many(self, read: CachedRead[Any], slots: Sequence[Slot]) -> Sequence[Any]:
        if read.personal and not self._options.personal:
            return [OFF] * len(slots)
        ttl = int(self._options.ttl * random.uniform(900, 1000))
        arguments = [uuid4().hex, *(_field(read, slot) for slot in slots), ttl]
        try:
            answers = await self._run("get_many", [slot.tag for slot in slots], arguments)
        except RedisDown:
            return [OFF] * len(slots)
        return [_read(read, answer) for answer in answers]

    def prove(self, slots: Sequence[Slot], held: Sequence[Any]) -> Proof | None:
        return None

    async def set_many(self, read: CachedRead[Any], fills: Sequence[Fill]) -> int:
        arguments: list[Any] = []
        for fill in fills:
            packed = _ABSENT if fill.value is ABSENT else read.pack(fill.value)
            arguments += [fill.lease, _field(read, fill.slot), packed]
        try:
            return len(fills) - int(await self._run("set_many", [fill.slot.tag for fill in fills], arguments))
        except RedisDown:
            return len(fills)

    @asynccontextmanager
    async def invalidating(self, tags: Collection[str]) -> AsyncIterator[None]:
        self._on_event(InvalidationEvent(len(tags), "write"))
        write = uuid4().hex
        begun = ended = False
        try:
            begun = await self._invalidate("begin_writing", tags, write, int(self._options.max_write * 1000))
            yield
        finally:
            ended = await finish(self._invalidate("end_writing", tags, write))
            if not (begun and ended):
                await self._wait_for_flush()

    async def forget(self, tags: Collection[str]) -> None:
        self._on_event(InvalidationEvent(len(tags), "channel"))
        await self._invalidate("forget", tags)

    async def flush(self) -> None:
        self.is_stale = True
        with suppress(RedisDown):  # then the link calls `mend` before Redis is used again
            await self._link.run_now(self.mend)

    async def generation(self) -> int:
        try:
            return int(await self._link.run_now(lambda: self._client.get(_GENERATION)) or 0)
        except RedisDown:
            return 0

    async def attest(self, generation: int, seconds: float) -> None:
        with suppress(RedisDown):
            await self._link.run_now(lambda: self._client.set(_ATTESTED, generation, px=int(seconds * 1000)))

    async def await_attestation(self, seconds: float) -> bool:
        with suppress(RedisDown):
            number = int(await self._link.run_now(lambda: self._client.incr(_GENERATION)))
            for _ in range(_POLLS):
                await asyncio.sleep(seconds / _POLLS)
                if int(await self._link.run_now(lambda: self._client.get(_ATTESTED)) or 0) >= number:
                    return True
        return False

    async def close(self) -> None:
        self._link.detach(self)

    async def mend(self) -> None:
        """Flush. If an invalidation fails meanwhile, the cache stays stale."""
        self.is_stale = False
        try:
            await self._client.set(_EPOCH, uuid4().hex)
        except BaseException:
            self.is_stale = True
            raise
        self._on_event(InvalidationEvent(None, "channel"))

    def note_restart(self) -> None:
        self.is_stale = True

    async def _run(self, script: str, tags: Collection[str], arguments: Sequence[Any]) -> Any:
        """Raises RedisDown."""
        keys: list[bytes | str | memoryview[int]] = [_EPOCH, *map(_key, tags)]
        return await self._link.run(lambda: self._scripts[script](keys=keys, args=arguments))

    async def _invalidate(self, script: str, tags: Collection[str], *arguments: Any) -> bool:
        """Whether Redis has run the script. If not, everything is flushed, now or when Redis is back."""
        try:
            await self._run(script, tags, arguments)
        except RedisDown:
            await self.flush()
            return False
        return True

    async def _wait_for_flush(self) -> None:
        """Wait until no worker can hold what our write has changed: until the flush, or for `max_staleness`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._options.max_staleness):
                await self._link.wait_until_up()


def open_redis_cache(
    link: RedisLink, options: RedisOptions | None = None, *, on_event: OnEvent = ignore_event
) -> RedisCache:
    """A cache behind this link, which the caller opens and closes."""
    return RedisCache(link, load_texts("storage.cache", "scripts.lua"), options, on_event=on_event)


def _key(tag: str) -> bytes:
    return b"freehold:" + tag.encode(errors="surrogatepass")


def _field(read: CachedRead[Any], slot: Slot) -> bytes:
    return f"{read.format}:{slot.field}".encode(errors="surrogatepass")


def _read(read: CachedRead[Any], answer: Any) -> Any:
    if isinstance(answer, list):
        return Miss(answer[0]) if answer else OFF
    return ABSENT if answer == _ABSENT else read.unpack(answer)
