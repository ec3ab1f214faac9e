"""Running GraphQL in tests, without a server around it."""

from typing import Any

from executor import BatchedExecutor
from schema.build import build_schema
from schema.context import Context
from schema.viewer import EVERYTHING, Viewer
from server.graphql.context import build_context
from server.graphql.errors import format_errors
from storage.projection import Projection
from storage.store import Store
from storage.view import View

ALLOWED_ALL = Viewer("test", EVERYTHING)
SCHEMA = build_schema()
SCHEMAS = {"batched": build_schema([BatchedExecutor()]), "core": SCHEMA}


class Client:
    """Asks the schema as a request would, each time with loaders of its own, on the executor of this name."""

    def __init__(
        self, store: Store, executor: str, viewer: Viewer = ALLOWED_ALL, *, fields: Projection | None = None
    ) -> None:
        self.store = store
        self.viewer = viewer
        self._fields = fields
        self._schema = SCHEMAS[executor]

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The response's body: `data`, and `errors` if there are any."""
        context: Context = build_context(self.store, self.store, "EUR", self.viewer)
        if self._fields is not None:
            context.loaders.select(View(self._fields, context.loaders.view.visibility))
        result = await self._schema.execute(query, variable_values=variables, context_value=context)
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = format_errors(result.errors)
        return body

    async def data(self, query: str, **variables: Any) -> Any:
        """The response's data. Fails if there are errors."""
        body = await self.ask(query, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def error(self, query: str, **variables: Any) -> str:
        """The message of the response's only error, which must have the code BAD_USER_INPUT."""
        [error] = (await self.ask(query, **variables))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT", error
        return str(error["message"])
