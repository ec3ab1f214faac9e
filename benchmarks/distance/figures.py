"""What was measured at one distance from the database."""

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.distance.asking import AT_ONCE

DELAYS = (0.005, 0.05)  # seconds that a round trip takes longer


class Figures(NamedTuple):
    """Ms of a round trip, and of the median request by query; connections at `AT_ONCE` requests, and their seconds."""

    delay: float
    trip: float
    latency: dict[str, float]
    connections: int
    seconds: float

    def cells(self, near: "Figures") -> list[str]:
        """A row of a table, with what `near`, beside the database, takes as the rest of the time."""
        shown = []
        for name, ms in self.latency.items():
            trips = (ms - near.latency[name]) / (self.trip - near.trip) if self.delay else 0.0
            shown.append(f"{ms:.1f} ms" + (f", {trips:.1f} round trips" if trips else ""))
        return [
            f"{self.delay * 1000:.0f} ms",
            f"{self.trip:.1f} ms",
            *shown,
            str(self.connections),
            f"{self.seconds:.2f} s",
        ]


def columns(near: Figures) -> Sequence[str]:
    """What `Figures.cells` shows."""
    return ("delay", "round trip", *near.latency, "connections", f"{AT_ONCE} at once")
