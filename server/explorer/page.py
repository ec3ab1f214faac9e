"""The explorer: the page that a browser gets at /graphql, and its files. It may load nothing from elsewhere.

The files are built from `explorer/` into `server/static/` when the package is installed. Their names carry their
hash, so they may be kept for ever. Where they could not be built, the page says so and everything else works.
"""

import secrets
from html import escape
from importlib.resources import files
from pathlib import Path

import orjson
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Scope

from server.http.errors import error_response
from server.settings.settings import Settings

FILES = "/graphql/files"
STATIC = Path(str(files("server") / "static"))
_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_CODINGS = {"br": ".br", "gzip": ".gz"}  # the better first
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Freehold · GraphiQL</title>
{head}
</head>
<body>
{body}
</body>
</html>
"""

_HEAD = """\
<link rel="icon" href="{files}/{icon}">
<link rel="stylesheet" href="{files}/{style}">
<script type="module" src="{files}/{script}"></script>"""

_BODY = """\
<div id="explorer" data-nonce="{nonce}" data-development="{development}">
<p class="starting">Starting GraphiQL …</p>
</div>
<noscript>GraphiQL needs JavaScript. Without it, send queries to this address by POST.</noscript>"""

_NOTICE_HEAD = """\
<style nonce="{nonce}">
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 12vh auto; padding: 0 1.25rem }}
pre {{ padding: .75rem 1rem; border: 1px solid; border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere }}
</style>"""

_MISSING_BODY = """\
<h1>GraphiQL is not here</h1>
<p>The GraphQL server works; only the files of this page are missing. They are built when Freehold is installed,
with Node.js and packages from the npm registry, and this time that did not succeed:</p>
<pre>{reason}</pre>
<p>Run <code>make explorer</code> in Freehold's folder to build them, then start the server again. Meanwhile
send queries to this address:</p>
<pre>curl -s {url} -H 'content-type: application/json' -d '{{"query": "{{ currency }}"}}'</pre>"""

_TRUSTED_ONLY_BODY = """\
<h1>GraphiQL is off here</h1>
<p>This server answers trusted documents only: those of its manifest. GraphiQL reads the schema and runs what you type,
which the server would refuse.</p>
<p>To explore the schema, start a development server without <code>FREEHOLD_TRUSTED_DOCUMENTS</code>, or with
<code>FREEHOLD_TRUSTED_DOCUMENTS_MODE=log</code>.</p>"""


class Explorer:
    """The page and its files, as they are when the application is made.

    `trusted_only`: the server refuses every document that is not in its manifest, so the page only says so.
    """

    def __init__(self, *, development: bool, trusted_only: bool = False) -> None:
        self._development = development
        self._trusted_only = trusted_only
        self._folder = STATIC
        self._manifest = _read_manifest(STATIC)
        self._files = {path.name for path in STATIC.glob("*") if path.suffix in _TYPES} if self._manifest else set()

    @property
    def is_built(self) -> bool:
        """Whether the page's files are there."""
        return self._manifest is not None

    def page(self, scope: Scope) -> Response:
        """The page, under a policy that lets it talk to this server alone."""
        nonce = secrets.token_urlsafe(16)
        if self._trusted_only:
            head, body = _NOTICE_HEAD.format(nonce=nonce), _TRUSTED_ONLY_BODY
        elif self._manifest is None:
            head = _NOTICE_HEAD.format(nonce=nonce)
            url = escape(str(URL(scope=scope).replace(query="")))
            body = _MISSING_BODY.format(reason=escape(self._reason()), url=url)
        else:
            head = _HEAD.format(files=FILES, **self._manifest)
            body = _BODY.format(nonce=nonce, development=str(self._development).lower())
        headers = {"content-security-policy": _POLICY.format(nonce=nonce), **_HEADERS}
        return HTMLResponse(_PAGE.format(head=head, body=body), headers=headers)

    async def file(self, request: Request) -> Response:
        """One file, compressed as the client takes it; 404 for any name that was not built."""
        name = request.path_params["name"]
        if name not in self._files:
            return error_response("NOT_FOUND", "The explorer has no such file.")
        headers = {"cache-control": _FOR_EVER, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
        path = self._folder / name
        for coding, suffix in _CODINGS.items():
            compressed = self._folder / f"{name}{suffix}"
            if coding in _codings(request) and compressed.exists():
                path = compressed
                headers["content-encoding"] = coding
                break
        return FileResponse(path, headers=headers, media_type=_TYPES[Path(name).suffix])

    def _reason(self) -> str:
        try:
            return (self._folder / "missing.txt").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return "The build has not run."


def build_explorer(settings: Settings) -> Explorer | None:
    """None where the settings switch it off."""
    if not settings.graphiql:
        return None
    return Explorer(development=settings.trace, trusted_only=settings.enforces_trusted_documents)


def _read_manifest(folder: Path) -> dict[str, str] | None:
    try:
        manifest: dict[str, str] = orjson.loads((folder / "manifest.json").read_bytes())
    except FileNotFoundError:
        return None
    return manifest


def _codings(request: Request) -> set[str]:
    """What the client says it decodes; what it gives no weight it does not."""
    codings = set()
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            codings.add(coding.strip())
    return codings
