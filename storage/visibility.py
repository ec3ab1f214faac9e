"""Visibility: which listings exist for a reader. Others are hidden, as by row-level security."""

import msgspec

from storage.record import Status


class Visibility(msgspec.Struct, frozen=True):
    """Listings with these statuses, which are sorted, exist. `hides` says whether there are other statuses."""

    statuses: tuple[str, ...]
    hides: bool = False

    def among(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The wanted statuses that exist; all that exist if none is wanted."""
        return tuple(status for status in self.statuses if status in wanted) if wanted else self.statuses


EVERY_LISTING = Visibility(tuple(sorted(status.value for status in Status)))
PUBLISHED_LISTINGS = Visibility((Status.ACTIVE.value, Status.PENDING.value, Status.SOLD.value), hides=True)
"""What the public may see. Fragments of statements and the indexes of migration 0005 name these statuses too."""
