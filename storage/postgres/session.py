"""One session of Postgres, and the server that it leads to."""

from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg

from storage.postgres.address import Address
from storage.postgres.connecting import check_server, connect

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

_MICROS_BEFORE_2000 = 946_684_800_000_000
_SERVER = (
    "SELECT extract(epoch FROM pg_postmaster_start_time())::text, oid::text"
    " FROM pg_database WHERE datname = current_database()"
)


class Server(NamedTuple):
    """Identifies a running server and its database. A standby has a start time of its own."""

    started: str
    database: str


async def open_session(address: Address, seconds: float, **options: Any) -> tuple[Connection, Server]:
    """Connect within `seconds`. Records have times as microseconds since 1970.

    Raises Unavailable, DeadlineExceeded, or an error of asyncpg.
    """
    connection: Connection = await connect(address, seconds, **options)
    try:
        check_server(connection)
        await _read_times_as_integers(connection)
        return connection, await find_server(connection)
    except BaseException:
        connection.terminate()
        raise


async def find_server(connection: Connection) -> Server:
    """The server that this connection leads to."""
    (row,) = await connection.fetch(_SERVER)
    return Server(*row)


async def _read_times_as_integers(connection: Connection) -> None:
    """Set a codec: Postgres sends microseconds since 2000."""
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda micros: (micros - _MICROS_BEFORE_2000,),
        decoder=lambda value: value[0] + _MICROS_BEFORE_2000,
    )
