"""In development: the text and the plan of a statement that ran. No other text is ever planned."""

from collections.abc import Callable
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from executor.lru import LRU
from server.http.errors import refuse
from storage.database import Database
from storage.errors import StoreError
from storage.statements import Statement

_MOST_TEXTS = 1000


class Texts:
    """The texts of the statements that traces named, each by an id: the last thousand."""

    def __init__(self) -> None:
        self._by_id = LRU[str, Statement](_MOST_TEXTS)

    def remember(self, name: str, text: str) -> str:
        """The id of this text, the same each time."""
        id = sha256(text.encode()).hexdigest()[:16]
        self._by_id.put(id, Statement(name, text))
        return id

    def find(self, id: str) -> Statement | None:
        """The statement with this id, or None if no trace named it lately."""
        return self._by_id.get(id)


class PlanEndpoint:
    """Answers GET …/{id} with a statement's name, text and plan. `database` is asked for once the server runs."""

    def __init__(self, texts: Texts, database: Callable[[], Database]) -> None:
        self._texts = texts
        self._database = database

    async def answer(self, request: Request) -> Response:
        statement = self._texts.find(request.path_params["id"])
        if statement is None:
            return refuse(404, "NOT_FOUND", "No statement of this id ran lately; run the query again.")
        try:
            plan = await self._database().plan(statement)
        except StoreError as exc:
            plan = [f"There is no plan: {exc}"]
        body = {"name": statement.name, "text": statement.text, "plan": plan}
        return JSONResponse(body, headers={"cache-control": "no-store"})
