"""HAProxy and nginx before two instances, with their usual health checks and without a request ever being repeated."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.missing import skip_or_fail
from tests.ports import free_port
from tests.server.process import environment

_PATIENCE = 60.0  # seconds

_HAPROXY = """
defaults
    mode http
    retries 0
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend in
    bind 127.0.0.1:{port}
    default_backend freehold
    http-request return status 200 if {{ path /balancer }} {{ nbsrv(freehold) eq 2 }}
    http-request return status 503 if {{ path /balancer }}
backend freehold
    option httpchk GET /readyz
    http-check expect status 200
    default-server check inter {interval}ms fall 3 rise 2
    server one 127.0.0.1:{one}
    server two 127.0.0.1:{two}
"""
_NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream freehold {{
        server 127.0.0.1:{one}{one_is};
        server 127.0.0.1:{two}{two_is};
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://freehold;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
        }}
    }}
}}
"""


def find(program: str) -> str:
    """Its path; Debian keeps both where only root looks."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        skip_or_fail(f"there is no {program} on this machine")
    return path


class Instance:
    """A `freehold serve` on a port that it keeps across restarts."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.port = free_port()
        self._env = environment(
            FREEHOLD_DATABASE_URL=database_url,
            FREEHOLD_PORT=str(self.port),
            FREEHOLD_PUBLIC="read",
            FREEHOLD_RATE_LIMIT="0",
            FREEHOLD_LOG_LEVEL="error",
            **settings,
        )
        self.process = self._run()

    def start(self) -> None:
        """Once more, until it is ready."""
        self.process = self._run()
        self.until_ready()

    def until_ready(self) -> None:
        """Wait for it."""
        until_success(f"http://127.0.0.1:{self.port}/readyz", of=self.process)

    def _run(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "server.cli", "serve"]
        return subprocess.Popen(command, env=self._env, stdout=subprocess.DEVNULL)


class Balancer:
    """At `url`. `take_out` and `take_back` do what a deployment does beside the balancer's own checks."""

    program: str

    def __init__(self, folder: Path, instances: list[Instance], *, interval: int) -> None:
        """`interval` in milliseconds: between two checks."""
        self._port = free_port()
        self._folder = folder
        self._instances = instances
        self._interval = interval
        self._program = find(self.program)
        self.url = f"http://127.0.0.1:{self._port}/graphql"
        self._process = self._run()
        self.take_back()

    def take_out(self, instance: Instance) -> None:
        """The instance was told to stop."""

    def take_back(self) -> None:
        """Wait until both instances get requests."""

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(_PATIENCE)

    def _run(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError


class Haproxy(Balancer):
    """Asks for /readyz."""

    program = "haproxy"

    def take_back(self) -> None:
        until_success(self.url.replace("/graphql", "/balancer"), of=self._process)

    def _run(self) -> subprocess.Popen[bytes]:
        one, two = (instance.port for instance in self._instances)
        text = _HAPROXY.format(port=self._port, one=one, two=two, interval=self._interval)
        config = self._folder / "haproxy.cfg"
        config.write_text(text)
        return subprocess.Popen([self._program, "-db", "-f", config], stderr=subprocess.DEVNULL)


class Nginx(Balancer):
    """Asks for nothing: the deployment marks the instance `down` while it is leaving, and reloads."""

    program = "nginx"

    def take_out(self, instance: Instance) -> None:
        self._reload(instance)

    def take_back(self) -> None:
        until_success(self.url.replace("/graphql", "/livez"), of=self._process)
        self._reload(None)

    def _run(self) -> subprocess.Popen[bytes]:
        self._write(None)
        return subprocess.Popen([self._program, "-c", self._config, "-p", self._folder], stderr=subprocess.DEVNULL)

    @property
    def _config(self) -> Path:
        return self._folder / "nginx.conf"

    def _reload(self, down: Instance | None) -> None:
        self._write(down)
        command = [self._program, "-c", str(self._config), "-p", str(self._folder), "-s", "reload"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)

    def _write(self, down: Instance | None) -> None:
        one, two = self._instances
        states = (" down" if each is down else "" for each in self._instances)
        text = _NGINX.format(
            folder=self._folder,
            port=self._port,
            **dict(zip(("one", "two", "one_is", "two_is"), (one.port, two.port, *states), strict=True)),
        )
        self._config.write_text(text)


def until_success(url: str, *, of: subprocess.Popen[bytes]) -> None:
    """Wait until this process answers with 200 there."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            if httpx.get(url, timeout=_PATIENCE).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert of.poll() is None, f"what should answer at {url} has ended"
        assert time.monotonic() < until, f"{url} does not answer"
        time.sleep(0.05)


@contextmanager
def balancing(
    kind: type[Balancer], folder: Path, database_url: str, *, interval: int, **settings: str
) -> Iterator[tuple[Balancer, list[Instance]]]:
    """Two instances behind a balancer, all ended at the end."""
    find(kind.program)
    instances: list[Instance] = []
    try:
        instances += [Instance(database_url, **settings) for _ in range(2)]
        for instance in instances:
            instance.until_ready()
        balancer = kind(folder, instances, interval=interval)
        try:
            yield balancer, instances
        finally:
            balancer.close()
    finally:
        for instance in instances:
            instance.process.kill()
            instance.process.wait(_PATIENCE)
