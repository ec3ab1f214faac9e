"""The one key of the settings that an issuer signs with. Few servers have one, so it is imported where it is set."""

from server.auth.errors import Unauthenticated
from server.settings.jwt_key import choose_algorithm


class GivenKey:
    """One key, whatever id is asked for: a public key in PEM, or else a shared secret of at least 32 bytes.

    `algorithm` is as in `choose_algorithm`. Raises ValueError.
    """

    def __init__(self, text: str, algorithm: str = "") -> None:
        self._key = text
        self.algorithm = choose_algorithm(text, algorithm)

    async def find(self, key_id: str | None, algorithm: str) -> str:
        """The key. Raises Unauthenticated for another algorithm than its own."""
        if algorithm != self.algorithm:
            raise Unauthenticated("the token does not hold")
        return self._key

    async def close(self) -> None:
        """Nothing is fetched."""
