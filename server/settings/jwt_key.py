"""The one key that an issuer signs with, as the settings give it: a public key in PEM, or a shared secret.

Imported only where such a key is set, because cryptography takes a tenth of a second of a start.
"""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

RSA_DEFAULT = "RS256"
LEAST_RSA = 2048
"""Bits of an RSA key at least, as RFC 7518 asks."""
_SECRETS = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Bytes of a shared secret at least: those of its hash, as RFC 7518 asks."""
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def choose_algorithm(text: str, algorithm: str = "") -> str:
    """The algorithm that the key is used with: `algorithm`, or by default RS256, that of its curve, or HS256.

    Raises ValueError for a key that is too weak or of another kind, or that can't be used with `algorithm`.
    """
    is_public = text.lstrip().startswith("-----BEGIN")
    usable = _algorithms_of(text) if is_public else _algorithms_of_secret(text)
    if algorithm and algorithm not in usable:
        raise ValueError(f"the key can't be used with {algorithm}, but with {' or '.join(usable)}")
    return algorithm or usable[0]


def _algorithms_of_secret(text: str) -> tuple[str, ...]:
    usable = tuple(name for name, least in _SECRETS.items() if len(text.encode()) >= least)
    if not usable:
        raise ValueError(f"expected a public key in PEM, or a secret of at least {_SECRETS['HS256']} bytes")
    return usable


def _algorithms_of(pem: str) -> tuple[str, ...]:
    """Those that a public key can be used with, the usual one first."""
    try:
        key = load_pem_public_key(pem.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("expected a public key in PEM (-----BEGIN PUBLIC KEY-----)") from None
    if isinstance(key, RSAPublicKey) and key.key_size >= LEAST_RSA:
        return (RSA_DEFAULT, "RS384", "RS512", "PS256", "PS384", "PS512")
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return (_CURVES[key.curve.name],)
    if isinstance(key, Ed25519PublicKey):
        return ("EdDSA",)
    raise ValueError(f"expected an RSA key of {LEAST_RSA} bits, or one of P-256, P-384, P-521 or Ed25519")
