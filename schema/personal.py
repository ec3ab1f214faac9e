"""Personal data: shown to viewers with the scope `personal`, to others null with an error.

It is decided here, when the answer is made: records, loaders and caches hold the data whoever asks.
"""

from typing import Any

from executor import Prefetched, batched
from schema.context import Context
from schema.errors import Forbidden
from schema.reads import reads
from schema.viewer import Scope

METADATA = {"scope": Scope.PERSONAL}


def personal_field(attribute: str, *, description: str) -> Any:
    """A text field that reads this attribute of its record, one decision for all objects of a level."""

    @batched(
        description=description,
        graphql_type=str | None,
        metadata=METADATA | reads(attribute),
        prefetched=Prefetched(attribute, allowed=_may_be_seen),
    )
    def personal(parents: list[Any]) -> list[Any]:
        return [Forbidden("This is personal data: it needs the scope `personal`.", Scope.PERSONAL)] * len(parents)

    return personal


def _may_be_seen(context: Context) -> bool:
    context.viewer_mattered = True
    return context.viewer.may(Scope.PERSONAL)
