"""The statements that ran, as tests assert them."""

from storage.events import QueryEvent


class QueryLog(list[str]):
    """`owners_by_id(50)` for a statement of 50 keys, `properties_by_city` for one of a single key."""

    def listen(self, event: QueryEvent) -> None:
        """The `on_query` hook."""
        keys = "" if event.keys == 1 else f"({event.keys})"
        error = "" if event.error is None else f" failed: {event.error}"
        self.append(f"{event.statement.name}{keys}{error}")
