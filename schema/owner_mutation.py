"""The root fields that write owners."""

from collections.abc import Iterable
from typing import Annotated

import strawberry

from schema.argument import check_id
from schema.context import Info
from schema.owner import Owner
from schema.payload import MutationError, given_changes, given_values, mutation_errors
from storage import ids, record
from storage.draft import OwnerDraft, check_changes, check_draft
from storage.errors import Problem, Rejected
from storage.tables import OWNERS


@strawberry.input(description="An owner to create.")
class CreateOwnerInput:
    """The rules are those of `storage.draft.OwnerDraft`."""

    reference: str | None = strawberry.field(default=None, description="The source's key; unique among owners.")
    name: str = strawberry.field(description="1 to 200 characters.")
    email: str = strawberry.field(description="An e-mail address.")
    phone: str | None = strawberry.field(default=None, description="Up to 64 characters.")


@strawberry.input(
    description="What to change of an owner; absent fields stay as they are, and null clears what may be empty."
)
class UpdateOwnerInput:
    """The rules are those of `storage.draft.OwnerDraft`."""

    reference: strawberry.Maybe[str | None] = strawberry.field(description="The source's key; null takes it away.")
    name: strawberry.Maybe[str | None] = strawberry.field(description="1 to 200 characters.")
    email: strawberry.Maybe[str | None] = strawberry.field(description="An e-mail address.")
    phone: strawberry.Maybe[str | None] = strawberry.field(description="Up to 64 characters; null takes it away.")


@strawberry.type(description="The owner as it is now stored, or the reasons why nothing was written.")
class OwnerPayload:
    """Exactly one of the two holds something."""

    owner: record.Owner | None = strawberry.field(
        description="Null if nothing was written, or if reading it back failed.", graphql_type=Owner | None
    )
    errors: list[MutationError] = strawberry.field(description="Empty if it was written.")


@strawberry.type
class OwnerMutation:
    """Mixed into Mutation."""

    @strawberry.mutation(description="Create an owner.", graphql_type=OwnerPayload | None)
    async def create_owner(
        self, info: Info, input: Annotated[CreateOwnerInput, strawberry.argument(description="The owner.")]
    ) -> OwnerPayload:
        """Problems with the input are in the payload."""
        draft = check_draft(OwnerDraft, given_values(input))
        if isinstance(draft, list):
            return _refused(draft)
        try:
            with info.context.writing():
                [owner] = await info.context.store.create(OWNERS, [draft])
        except Rejected as rejected:
            return _refused(rejected.problems)
        info.context.note_committed(info, [owner.id])
        return OwnerPayload(owner=owner, errors=[])

    @strawberry.mutation(description="Change some fields of an owner.", graphql_type=OwnerPayload | None)
    async def update_owner(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The owner's id.")],
        input: Annotated[UpdateOwnerInput, strawberry.argument(description="What to change.")],
    ) -> OwnerPayload:
        """Problems with the input are in the payload. Raises BadInput for what is no owner's id."""
        check_id("id", ids.OWNER, id)
        changes = check_changes(OwnerDraft, given_changes(input))
        if isinstance(changes, list):
            return _refused(changes)
        try:
            with info.context.writing():
                owner = await info.context.store.update(OWNERS, id, changes)
        except Rejected as rejected:
            return _refused(rejected.problems)
        info.context.note_committed(info, [owner.id])
        return OwnerPayload(owner=owner, errors=[])


def _refused(problems: Iterable[Problem]) -> OwnerPayload:
    return OwnerPayload(owner=None, errors=mutation_errors(problems))
