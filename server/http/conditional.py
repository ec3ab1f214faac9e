"""Answers to GET that may be kept: who may keep them, and whether what was kept still holds. Rules: RFC 9110, 9111."""

from hashlib import blake2b

from starlette.responses import Response

UNKEPT = "no-store"


def cache_control(*, is_private: bool, max_age: int) -> str:
    """`private` is what mattered to whom it was told; else any cache between may keep it."""
    return f"{'private' if is_private else 'public'}, max-age={max_age}, must-revalidate"


def is_shared(response: Response) -> bool:
    """Whether a shared cache may give the response to other callers: then nothing in it may tell of this one."""
    return response.headers.get("cache-control", UNKEPT).startswith("public")


def revalidated(if_none_match: str | None, response: Response) -> Response:
    """The response with an ETag of its content; 304 without content where the client has the same already."""
    if response.status_code != 200 or response.headers.get("cache-control", UNKEPT) == UNKEPT:
        return response
    content_type = response.headers["content-type"].encode()
    etag = f'"{blake2b(bytes(response.body), key=content_type[:64], digest_size=16).hexdigest()}"'
    response.headers["etag"] = etag
    known = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    if etag not in known and known != ["*"]:
        return response
    kept = ("content-type", "content-length")
    return Response(status_code=304, headers={k: v for k, v in response.headers.items() if k not in kept})
