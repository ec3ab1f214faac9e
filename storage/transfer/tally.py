"""The number of rows of an import, by outcome."""

from collections import Counter

from storage.transfer.outcome import Kind, Outcome, Result
from storage.transfer.reading import Reading

_NOUNS = {Kind.OWNER: "owners", Kind.PROPERTY: "properties", Kind.PRICE_CHANGE: "price changes"}


class Tally:
    """Counts by kind and result. `unknown` counts bad rows of an unknown kind."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Kind, Result]] = Counter()
        self.unknown = 0
        self.first_bad: Reading | None = None

    def add(self, outcome: Outcome) -> None:
        """Count a row that was read. An owner that a listing's row inserted or changed counts too."""
        self.counts[outcome.kind, outcome.result] += 1
        if outcome.owner is not None:
            self.counts[Kind.OWNER, outcome.owner] += 1

    def add_unreadable(self, reading: Reading) -> None:
        """Count a row that couldn't be read."""
        if reading.kind is None:
            self.unknown += 1
        else:
            self.counts[reading.kind, Result.REFUSED] += 1

    def total(self, *results: Result) -> int:
        """The number of rows with this result, of all kinds."""
        return sum(count for (_, result), count in self.counts.items() if result in results)

    @property
    def refused(self) -> int:
        """The number of bad rows."""
        return self.total(Result.REFUSED) + self.unknown

    @property
    def written(self) -> int:
        """The number of rows that changed the database."""
        return self.total(Result.CREATED, Result.UPDATED)

    def lines(self) -> list[str]:
        """A line for each kind of row that was read: `owners: 2 created, 0 updated, 1 unchanged, 0 refused`."""
        lines = []
        for kind, noun in _NOUNS.items():
            counts = [(self.counts[kind, result], result) for result in Result]
            if any(count for count, _ in counts):
                lines.append(f"{noun}: " + ", ".join(f"{count:,} {result}" for count, result in counts))
        if self.unknown:
            lines.append(f"rows of no kind: {self.unknown:,} refused")
        return lines
