"""Text that no log, message or traceback shows by accident."""

import msgspec


class Secret(msgspec.Struct, frozen=True):
    """A text whose `repr` and `str` hide it."""

    text: str

    def __repr__(self) -> str:
        return "Secret('…')" if self.text else "Secret('')"
