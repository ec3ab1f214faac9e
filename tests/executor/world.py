"""A world of made-up houses and people, the same for every executor, in which anything may fail.

What a field of an object gives depends on the world's seed, the object and the field alone.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any

PEOPLE = 3
HOUSES = 4
MANY = 10
"""The longest list: documents ask for millions."""


class Status(Enum):
    OPEN = "open"
    SOLD = "sold"


class Broken(Exception):
    """Carries extensions, as errors of resolvers may."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.extensions = {"code": "BROKEN"}


@dataclass
class World:
    seed: int = 0
    failures: float = 0.0
    """How often a value is replaced by null, an exception, or nonsense."""
    waits: bool = True
    """Whether some values are awaited."""
    batches: list[str] = field(default_factory=list)
    """The batched fields called, each with how many parents."""
    records: dict[tuple[str, int], Record] = field(default_factory=dict)

    def record(self, kind: str, number: int) -> Record:
        key = (kind, number)
        if key not in self.records:
            self.records[key] = (HouseRecord if kind == "house" else PersonRecord)(self, kind, number)
        return self.records[key]

    def random(self, *about: object) -> Random:
        return Random(f"{self.seed} {about}")

    def value(self, name: str, record: Any, make: Callable[[Random], Any], *about: object) -> Any:
        """A value, or a failure: None, nonsense, or an exception, which is raised."""
        random = self.random(name, record.name if isinstance(record, Record) else "root", *about)
        if random.random() >= self.failures:
            return make(random)
        failure = random.choice([None, Broken(f"{name} is broken"), ValueError(name), Nonsense(name)])
        if isinstance(failure, Exception):
            raise failure
        return failure

    def later(self, name: str, record: Any, make: Callable[[Random], Any], *about: object) -> Any:
        """Like `value`, but perhaps awaitable."""
        turns = self.random(name, "turns").choice([None, 0, 0, 1])
        if not self.waits or turns is None:
            return self.value(name, record, make, *about)
        return self._wait(turns, name, record, make, *about)

    async def _wait(self, turns: int, *values: Any) -> Any:
        for _ in range(turns):
            await sleep(0)
        return self.value(*values)

    def batch(self, name: str, records: list[Any], make: Callable[[Random], Any], *about: object) -> Any:
        """A value or an exception for each record; perhaps awaitable, perhaps failing as a whole."""
        self.batches.append(f"{name}({len(records)})")
        found = []
        for record in records:
            try:
                found.append(self.value(name, record, make, *about))
            except Exception as error:
                found.append(error)
        if not self.waits or self.random(name, "waits").random() < 0.3:
            return found
        return self._found(found)

    async def _found(self, found: list[Any]) -> list[Any]:
        await sleep(0)
        return found

    def house(self, random: Random) -> Record:
        return self.record("house", random.randrange(HOUSES))

    def person(self, random: Random) -> Record:
        return self.record("person", random.randrange(PEOPLE))

    def anything(self, random: Random) -> Record:
        return self.house(random) if random.random() < 0.5 else self.person(random)

    def many(self, make: Callable[[Random], Any], most: int = 3) -> Callable[[Random], list[Any]]:
        """So many at random, however many are asked for."""
        return lambda random: [make(random) for _ in range(min(random.randrange(most + 1), MANY))]


@dataclass(frozen=True)
class Nonsense:
    """Serializes as nothing but text, and is no object of the schema."""

    about: str

    def __str__(self) -> str:
        return f"nonsense {self.about}"


@dataclass(frozen=True)
class Record:
    world: World = field(repr=False, compare=False)
    kind: str
    number: int

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.number}"

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def title(self) -> Any:
        return self.world.value("title", self, lambda random: f"{self.name}!")

    @property
    def nickname(self) -> Any:
        return self.world.value("nickname", self, lambda random: random.choice([None, self.name]))

    @property
    def rooms(self) -> Any:
        return self.world.value("rooms", self, lambda random: random.choice([1, 2, 2**31, True, "7", 2.0, 2.5]))

    @property
    def count(self) -> Any:
        return self.world.value("count", self, lambda random: random.randrange(9))

    @property
    def area(self) -> Any:
        return self.world.value("area", self, lambda random: random.choice([1.5, 3, float("inf"), None]))

    @property
    def open(self) -> Any:
        return self.world.value("open", self, lambda random: random.choice([True, False, 0]))

    @property
    def status(self) -> Any:
        return self.world.value("status", self, lambda random: random.choice([*Status, "open", "lost"]))

    @property
    def state(self) -> Any:
        return self.world.value("state", self, lambda random: random.choice([*Status]))

    @property
    def mark(self) -> Any:
        return self.world.value("mark", self, lambda random: random.randrange(8))

    @property
    def tags(self) -> Any:
        return self.world.value("tags", self, lambda random: random.choice([["a", "b"], (), ["a", None], {"c"}]))

    @property
    def words(self) -> Any:
        return self.world.value("words", self, lambda random: iter(["x", random.choice(["y", None])]))

    @property
    def grid(self) -> Any:
        rows = [[[1, 2], [3]], [[1, None], None], [], [None], [[5], "no list"]]
        return self.world.value("grid", self, lambda random: random.choice(rows))

    @property
    def twin(self) -> Any:
        return self.world.value("twin", self, self.world.house)

    @property
    def near(self) -> Any:
        return self.world.value("near", self, self.world.many(self.world.house))

    @property
    def related(self) -> Any:
        return self.world.value("related", self, self.world.anything)


class HouseRecord(Record):
    pass


class PersonRecord(Record):
    pass
