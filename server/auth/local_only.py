"""Requests that a program on this machine sends by itself: all that is answered where nothing says who may ask.

Such a server listens on loopback. What is checked here is that no proxy, tunnel or web page of another site passes its
requests on, as far as a request shows it.
"""

import logging
import re
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.errors import error_response
from server.http.host import LOCAL_ORIGIN, is_loopback_host
from server.http.request_id import RequestIdMiddleware

logger = logging.getLogger("freehold")

_LOCAL_ORIGIN = re.compile(LOCAL_ORIGIN)
_PROXY_HEADERS = re.compile(
    rb"^(forwarded(-for)?|via|max-forwards|cdn-loop|client-ip|true-client-ip|(wl-)?proxy-client-ip|proxy-connection|x-proxy-.*"
    rb"|x-(request|queue)-start"
    rb"|x-forwarded.*|x-original-.*|x-originating-ip|x-real-ip|x-client-ip|x-cluster-client-ip|x-remote-(ip|addr)|x-proxyuser-ip"
    rb"|x-envoy-.*|x-amzn-trace-id|x-amz-cf-id|x-arr-.*|x-cloud-trace-context|x-nf-.*|x-varnish|x-host|x-rewrite-url|do-connecting-ip|x-azure-.*|x-appengine-.*|x-vercel-.*|x-nginx-proxy"
    rb"|cf-.*|fastly-.*|fly-.*|ngrok-.*|tailscale-.*|akamai-.*|incap-client-ip|x-sucuri-clientip)$",
    re.MULTILINE,
)
"""Headers that proxies, tunnels and content delivery networks add to what they pass on, and clients don't send."""

_ADVICE = (
    "Before others reach it, set FREEHOLD_PUBLIC or FREEHOLD_TOKENS: docs/howto/put-behind-a-proxy.md says how, and how"
    " to set up a proxy."
)


class LocalOnly:
    """Answers 421 to requests that were passed on, whatever their path, and hands others to the application.

    Pages of these `origins` may ask, and those of this machine.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self._app = app
        self._origins = origins
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (reason := self._reason(scope)) is None:
            await self._app(scope, receive, send)
            return
        if reason not in self._logged:
            self._logged.add(reason)
            logger.warning("requests like this one are refused: %s. %s", reason, _ADVICE)
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "local requests only"})
            return
        message = f"Nothing says who may ask, so this server answers its own machine alone, and {reason}. {_ADVICE}"
        # The status is a proxy's to understand: no other request on its connection fares better.
        await RequestIdMiddleware(error_response("MISDIRECTED", message))(scope, receive, send)

    def _reason(self, scope: Scope) -> str | None:
        """Why the request is refused; None if it is not."""
        reason = passed_on_by(scope)
        if reason is None and scope.get("method") != "OPTIONS":  # preflights are refused by Cors, which says more
            reason = self._page_of_elsewhere(scope)
        return reason

    def _page_of_elsewhere(self, scope: Scope) -> str | None:
        """nginx passes on by default what the page's browser sent, but for the host."""
        headers = dict(scope["headers"])
        if b"origin" in headers:
            origins = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"origin"]
            from_here = all(each in self._origins or _LOCAL_ORIGIN.fullmatch(each) for each in origins)
        else:  # as images, scripts and forms of other pages are asked for; a link that is followed shows its answer
            site, mode = (headers.get(name, b"").lower() for name in (b"sec-fetch-site", b"sec-fetch-mode"))
            from_here = site != b"cross-site" or mode == b"navigate"
        return None if from_here else "a page of an origin that is not on this machine sent the request"


def passed_on_by(scope: Scope) -> str | None:
    """Why the request was not sent by a program on this machine itself; None if nothing shows that.

    nginx before 1.29.7 adds no header unless it is told to, and asks by HTTP/1.0.
    """
    names = [name for name, _ in scope["headers"]]
    found = _PROXY_HEADERS.search(b"\n".join(names).replace(b"_", b"-"))
    if found is not None:
        return f"a proxy passed the request on (it has the header `{found[0].decode('latin-1')}`)"
    if scope["http_version"] == "1.0":
        return "the request is one of HTTP/1.0, as proxies send them"
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or not is_loopback_host(hosts[0].decode("latin-1")):
        return "the request names another host than `localhost` or a loopback address"
    return None
