"""Personal data: shown to viewers with the scope `personal`, to others null with an error.

It is decided here, when the answer is made: records, loaders and caches hold the data whoever asks.
"""

from operator import attrgetter
from typing import Any

from executor import batched
from schema.context import Info
from schema.errors import Forbidden
from schema.reads import reads
from schema.viewer import Scope

METADATA = {"scope": Scope.PERSONAL}


def personal_field(attribute: str, *, description: str) -> Any:
    """A text field that reads this attribute of its record, one decision for all objects of a level."""
    read = attrgetter(attribute)

    @batched(description=description, graphql_type=str | None, metadata=METADATA | reads(attribute))
    def personal(parents: list[Any], info: Info) -> list[Any]:
        context = info.context
        context.viewer_mattered = True
        if context.viewer.may(Scope.PERSONAL):
            return list(map(read, parents))
        return [Forbidden("This is personal data: it needs the scope `personal`.", Scope.PERSONAL)] * len(parents)

    return personal
