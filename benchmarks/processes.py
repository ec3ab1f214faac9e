"""What processes take: CPU and memory, as Linux counts them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """MB of several processes together. `pss` counts what they share once, `rss` each time."""

    rss: float
    pss: float


def cpu(pid: int) -> float:
    """User and system seconds of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pids: Sequence[int]) -> Memory:
    """Of these processes now."""
    rss = pss = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            rss += int(rest.split()[0]) if name == "Rss" else 0
            pss += int(rest.split()[0]) if name == "Pss" else 0
    return Memory(round(rss / 1024, 1), round(pss / 1024, 1))


def tree(pid: int) -> list[int]:
    """A process, its children, theirs and so on."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found
