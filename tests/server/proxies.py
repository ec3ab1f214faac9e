"""Reverse proxies before a server, started by the tests: nginx and HAProxy."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.missing import skip_or_fail
from tests.ports import free_port

_NGINX = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://{upstream}; {more} }}
  }}
}}
"""
_HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend public
  bind 127.0.0.1:{port}
  {more}
  default_backend freehold
backend freehold
  server one {upstream}
"""
STARTUP = 10.0  # seconds


@contextmanager
def nginx(upstream: str, more: str = "") -> Iterator[str]:
    """The URL of an nginx that passes requests on to this host and port; `more` are directives of the location."""
    with tempfile.TemporaryDirectory(prefix="freehold-nginx-") as folder:
        Path(folder).chmod(0o755)
        port = free_port()
        path = Path(folder, "nginx.conf")
        path.write_text(_NGINX.format(folder=folder, port=port, upstream=upstream, more=more))
        with _running([_find("nginx"), "-p", folder, "-c", str(path), "-e", "stderr"], port):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def haproxy(upstream: str, more: str = "") -> Iterator[str]:
    """The URL of a HAProxy that passes requests on to this host and port; `more` is a line of the frontend."""
    with tempfile.TemporaryDirectory(prefix="freehold-haproxy-") as folder:
        port = free_port()
        path = Path(folder, "haproxy.cfg")
        path.write_text(_HAPROXY.format(port=port, upstream=upstream, more=more))
        with _running([_find("haproxy"), "-q", "-db", "-f", str(path)], port):
            yield f"http://127.0.0.1:{port}"


def _find(name: str) -> str:
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return program or skip_or_fail(f"there is no {name} on this machine")


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + STARTUP
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")
