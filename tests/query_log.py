"""The statements that ran, as tests assert them."""

from collections.abc import Iterator
from contextlib import contextmanager

from storage.events import QueryEvent


class QueryLog(list[str]):
    """`owners_by_id(50)` for a statement of 50 keys, `properties_by_city` for one of a single key."""

    def listen(self, event: QueryEvent) -> None:
        """The `on_query` hook."""
        keys = "" if event.keys == 1 else f"({event.keys})"
        error = "" if event.error is None else f" failed: {event.error}"
        self.append(f"{event.statement.name}{keys}{error}")


@contextmanager
def at_most(log: QueryLog, most: int) -> Iterator[None]:
    """Fails with the statements' names if more than `most` of them run inside."""
    before = len(log)
    yield
    ran = log[before:]
    assert len(ran) <= most, f"{len(ran)} statements ran, not at most {most}: {', '.join(ran)}"
