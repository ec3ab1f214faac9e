"""The keys that an issuer publishes (JWKS, RFC 7517), each with the one algorithm it is used with (RFC 8725, 3.1)."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from jwt import PyJWK, PyJWTError

from server.auth.errors import Unauthenticated
from server.settings.jwt_key import RSA_DEFAULT

logger = logging.getLogger("freehold")

ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class KeySet:
    """Keys by id and algorithm. An issuer may publish one id with several algorithms."""

    def __init__(self, keys: Sequence[PyJWK] = ()) -> None:
        self._keys = tuple(keys)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The first key of this id and algorithm; without an id the only one of the algorithm."""
        found = [key for key in self._keys if key.algorithm_name == algorithm and key_id in (None, key.key_id)]
        if not found or (key_id is None and len(found) > 1):
            return None
        return found[0]


def read_key_set(body: bytes, algorithm: str = "") -> KeySet:
    """The usable keys of a set. `algorithm` is that of RSA keys which name none; RS256 by default.

    Raises ValueError for what is no set, or has no usable key.
    """
    try:
        given = json.loads(body)
    except RecursionError:
        raise ValueError("it is no JSON Web Key Set") from None
    members = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(members, list):
        raise ValueError("it is no JSON Web Key Set")
    for_rsa = algorithm if algorithm.startswith(("RS", "PS")) else RSA_DEFAULT
    keys = [key for member in members if isinstance(member, dict) and (key := _read_key(member, for_rsa)) is not None]
    if not keys:
        raise ValueError("it has no key that signs by an asymmetric algorithm")
    return KeySet(keys)


def _read_key(member: dict[str, Any], for_rsa: str) -> PyJWK | None:
    """None for a key that is of no use here: for encryption, symmetric, too short, or broken."""
    if member.get("use") not in (None, "sig") or not _verifies(member.get("key_ops")):
        return None
    algorithm = member.get("alg") or (for_rsa if member.get("kty") == "RSA" else None)
    try:
        key = PyJWK(member, algorithm)
        weakness = key.Algorithm.check_key_length(key.key)
    except (PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        return None
    if key.algorithm_name not in ASYMMETRIC or not isinstance(key.key_id, str | None):
        return None
    if weakness:
        logger.warning("a key that the issuer publishes is not used: %s", weakness)
        return None
    return key


def _verifies(operations: Any) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def refuse_unknown_key() -> Unauthenticated:
    """What is raised for a key that the issuer has not published."""
    return Unauthenticated("the token is signed by a key that the issuer does not publish")
