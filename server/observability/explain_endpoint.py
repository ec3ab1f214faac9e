"""In development: the text and the plan of a statement that ran. No other text is ever planned."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.http.errors import error_response
from server.observability.statement_texts import StatementTexts
from storage.database import Database
from storage.errors import StoreError


class ExplainEndpoint:
    """Answers GET …/{id} with a statement's name, text and plan. `database` is that of a request."""

    def __init__(self, texts: StatementTexts, database: Callable[[Request], Database]) -> None:
        self._texts = texts
        self._database = database

    async def answer(self, request: Request) -> Response:
        statement = self._texts.find(request.path_params["id"])
        if statement is None:
            return error_response("NOT_FOUND", "No statement of this id ran lately; run the query again.")
        try:
            plan = await self._database(request).plan(statement)
        except StoreError as exc:
            plan = [f"There is no plan: {exc}"]
        body = {"name": statement.name, "text": statement.text, "plan": plan}
        return JSONResponse(body, headers={"cache-control": "no-store"})
