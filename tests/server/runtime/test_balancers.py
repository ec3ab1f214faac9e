"""Rolling restarts behind load balancers lose no request, although none is ever repeated.

`BALANCER_REQUESTS=30000` asks for so many, and uses the delay and the checks that are the defaults.
"""

import http.client
import json
import os
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.server.balancer import Balancer, Haproxy, Instance, Nginx, balancing

REQUESTS = int(os.environ.get("BALANCER_REQUESTS", "0"))
CLIENTS = 6
PAUSE = 0.005  # seconds between two requests of a client
RESTARTS = 4 if REQUESTS else 2
DELAY, INTERVAL = ("7", 2000) if REQUESTS else ("2.5", 500)
"""Seconds, and milliseconds between two checks, of which three must fail."""


class Load:
    """Clients that ask, by GET and by POST, each request on a connection of its own, until `close` is called."""

    def __init__(self, url: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self._address = urlsplit(url).netloc
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """When REQUESTS have been answered."""
        self._closing.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self, number: int) -> None:
        count = number
        while not self._closing.is_set() or self.outcomes.total() < REQUESTS:
            count += 1
            self.outcomes[self._ask("POST" if count % 2 else "GET")] += 1
            self._closing.wait(PAUSE)

    def _ask(self, method: str) -> str:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            if method == "POST":
                body = json.dumps({"query": "{ currency }"})
                connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            else:
                connection.request("GET", "/graphql?query=%7Bcurrency%7D", headers={"accept": "application/json"})
            response = connection.getresponse()
            text = response.read()
            return "ok" if text == b'{"data":{"currency":"EUR"}}' else f"{method} {response.status}"
        except (OSError, http.client.HTTPException) as exc:
            return f"{method} {type(exc).__name__}"
        finally:
            connection.close()


def restart(balancer: Balancer, instance: Instance) -> None:
    instance.process.terminate()
    balancer.take_out(instance)
    assert instance.process.wait(60) == 0
    instance.start()
    balancer.take_back()


@pytest.mark.timeout(550)
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("kind", [Haproxy, Nginx])
def test_rolling_restarts_lose_no_request(tmp_path: Path, sqlite_url: str, kind: type[Balancer], workers: str) -> None:
    settings = {"FREEHOLD_WORKERS": workers, "FREEHOLD_SHUTDOWN_DELAY": DELAY}
    with balancing(kind, tmp_path, sqlite_url, interval=INTERVAL, **settings) as (balancer, instances):
        load = Load(balancer.url)
        try:
            for number in range(RESTARTS):
                restart(balancer, instances[number % 2])
        finally:
            load.close()
    assert load.outcomes.keys() == {"ok"}, load.outcomes
    print(kind.program, workers, dict(load.outcomes))  # noqa: T201 - shown by pytest's option -s
