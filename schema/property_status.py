"""Where listings stand in their sale, and lists of statuses among arguments."""

from enum import Enum

import strawberry

from schema.errors import BadInput


@strawberry.enum(
    description="Where a listing stands in its sale. ACTIVE, PENDING and SOLD listings are published. Others exist only"
    " for viewers with the scope `unpublished` or `write`.",
)
class PropertyStatus(Enum):
    """The values are those of `storage.record.Status`."""

    DRAFT = strawberry.enum_value("draft", description="Not yet offered; not published.")
    ACTIVE = strawberry.enum_value("active", description="Offered for sale.")
    PENDING = strawberry.enum_value("pending", description="Under offer: sold unless the sale falls through.")
    SOLD = strawberry.enum_value("sold", description="Sold.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="No longer offered, and not sold; not published.")


MAX_STATUSES = len(PropertyStatus)
ONE_OF_STATUSES = f"at most {MAX_STATUSES}; none given means any that the viewer may see."
"""How the description of a list of statuses ends."""


def status_values(argument: str, statuses: list[PropertyStatus] | None) -> tuple[str, ...]:
    """The statuses' stored values, sorted, each once; none means every status. Raises BadInput for a longer list."""
    given = statuses or []
    if len(given) > MAX_STATUSES:
        raise BadInput(argument, f"must be at most {MAX_STATUSES}, not {len(given)}")
    return tuple(sorted({str(status.value) for status in given}))
