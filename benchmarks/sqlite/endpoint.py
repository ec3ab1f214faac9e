"""A city's listings and their owners, by hand: `python -m benchmarks.sqlite.endpoint FILE PORT`.

Starlette, one aiosqlite connection kept open, two statements, orjson; no GraphQL. It reads a request's variables and
answers what Freehold does.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

LISTINGS = """
SELECT id, address, city, price, status, owner_id FROM properties
WHERE city_key = ? AND status = 'active' ORDER BY created_at DESC, id DESC LIMIT ?
"""
OWNERS = "SELECT id, name, email FROM owners WHERE id IN (SELECT value FROM json_each(?))"


def build_app(file: str) -> Starlette:
    """Over a file that Freehold has made."""
    connection: aiosqlite.Connection

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        nonlocal connection
        async with aiosqlite.connect(file) as connection:
            yield

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())["variables"]
        rows = list(await connection.execute_fetchall(LISTINGS, (asked["city"].casefold(), asked["limit"])))
        ids = orjson.dumps(list({row[5] for row in rows})).decode()
        owners = {
            id: {"id": id, "name": name, "email": email}
            for id, name, email in await connection.execute_fetchall(OWNERS, (ids,))
        }
        listings = [
            {
                "id": id,
                "address": address,
                "city": city,
                "price": price,
                "status": status.upper(),
                "owner": owners[owner_id],
            }
            for id, address, city, price, status, owner_id in rows
        ]
        return Response(orjson.dumps({"data": {"propertiesByCity": listings}}), media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(
        build_app(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False, server_header=False
    )
