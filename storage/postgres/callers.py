"""The callers that wait for a connection, in the order of their arrival."""

import asyncio
from collections import deque

from storage.postgres.session import Connection


class Callers:
    """Each waits on a future, which is set to the connection that it gets or to the error why it gets none."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[Connection]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self) -> asyncio.Future[Connection]:
        """The future of one more caller."""
        waiter: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    def remove(self, waiter: asyncio.Future[Connection]) -> Connection | None:
        """The caller waits no longer. The connection that it was given meanwhile, if any."""
        if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
            return waiter.result()
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        return None

    def serve(self, connection: Connection) -> bool:
        """Give the connection to the first caller. False if none waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def refuse(self, error: Exception) -> None:
        """Give each caller an exception of its own, like this one."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                refusal = type(error)(*error.args)
                refusal.__cause__ = error.__cause__
                waiter.set_exception(refusal)
