"""Time as a test sets it."""


class Clock:
    """Gives a time in µs and moves on by a second; `now` may be set, `step` 0 makes it stand still."""

    def __init__(self) -> None:
        self.now = 1_750_000_000_000_000
        self.step = 1_000_000

    def __call__(self) -> int:
        self.now += self.step
        return self.now
