"""In development: the texts of statements that traces name, so that their plans can be asked for by id."""

from hashlib import sha256

from executor import LRU
from storage.statements import Statement

_MAX_TEXTS = 1000


class StatementTexts:
    """The texts of the statements that traces named, each by an id: the last thousand."""

    def __init__(self) -> None:
        self._by_id = LRU[str, Statement](_MAX_TEXTS)

    def remember(self, name: str, text: str) -> str:
        """The id of this text, the same each time."""
        id = sha256(text.encode()).hexdigest()[:16]
        self._by_id.put(id, Statement(name, text))
        return id

    def find(self, id: str) -> Statement | None:
        """The statement with this id, or None if no trace named it lately."""
        return self._by_id.get(id)
