"""Random draws for the demo data. The same seed gives the same draws."""

from random import Random
from typing import TypeVar

import uuid_utils
from typeid import TypeID

T = TypeVar("T")


class Chance(Random):
    """Random with the draws that the demo data needs."""

    def happens(self, probability: float) -> bool:
        """True with this probability, 0 to 1."""
        return self.random() < probability

    def digits(self, pattern: str) -> str:
        """The pattern with a digit for every #."""
        return "".join(str(self.randrange(10)) if letter == "#" else letter for letter in pattern)

    def id(self, prefix: str, micros: int) -> str:
        """A TypeID with the time `micros`, of the same form as those of `ids.new_id`."""
        # https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
        number = (micros // 1000) << 80 | 7 << 76 | self.getrandbits(12) << 64 | 2 << 62 | self.getrandbits(62)
        return str(TypeID.from_uuid(uuid_utils.UUID(int=number), prefix))
