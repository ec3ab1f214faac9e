"""Which of GraphQL's two media types a client wants."""

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_MATCHES = {
    GRAPHQL_RESPONSE: GRAPHQL_RESPONSE,
    JSON: JSON,
    "application/*": JSON,
    "*/*": JSON,
    "text/html": JSON,
}


def pick_media_type(accept: str | None) -> str:
    """The acceptable type of the greatest weight, the first of equals; application/json where none is asked for."""
    if accept is None or accept in _MATCHES:
        return _MATCHES[accept or JSON]
    best, best_weight = JSON, 0.0
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = _weight(parameters)
        if media_type in _MATCHES and weight > best_weight:
            best, best_weight = _MATCHES[media_type], weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
