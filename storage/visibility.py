"""Visibility: which listings exist for a reader. As under row-level security, the others are as if they had no row."""

import msgspec

from storage.record import Status


class Visibility(msgspec.Struct, frozen=True):
    """Listings of these statuses, which are sorted, exist; where `hides`, others are stored that do not."""

    statuses: tuple[str, ...]
    hides: bool = False

    def among(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The statuses of those wanted that listings may have; of none wanted, all."""
        return tuple(status for status in self.statuses if status in wanted) if wanted else self.statuses


EVERY_LISTING = Visibility(tuple(sorted(status.value for status in Status)))
PUBLISHED_LISTINGS = Visibility((Status.ACTIVE.value, Status.PENDING.value, Status.SOLD.value), hides=True)
"""The public's. The statements' fragments and the indexes of migration 0005 name these statuses too."""
