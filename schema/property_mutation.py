"""The root fields that write listings."""

from collections.abc import Iterable
from typing import Annotated

import strawberry

from schema.argument import check_id
from schema.context import Info
from schema.payload import MutationError, given_changes, given_values, mutation_errors
from schema.property import Property
from schema.property_status import PropertyStatus
from schema.scalar import Price
from storage import ids, record
from storage.draft import PropertyDraft, check_changes, check_draft
from storage.errors import Problem, ProblemCode, Rejected
from storage.tables import PROPERTIES

MAX_CREATED = 1000


@strawberry.input(description="A listing to create.")
class CreatePropertyInput:
    """The rules are those of `storage.draft.PropertyDraft`."""

    reference: str | None = strawberry.field(default=None, description="The source's key; unique among listings.")
    address: str = strawberry.field(description="Street and number, 1 to 200 characters.")
    city: str = strawberry.field(description="1 to 200 characters.")
    region: str | None = strawberry.field(default=None, description="Up to 200 characters.")
    postal_code: str | None = strawberry.field(default=None, description="Up to 64 characters.")
    price: Price = strawberry.field(description="0 or more.")
    status: PropertyStatus = strawberry.field(default=PropertyStatus.DRAFT, description="Where it stands.")
    bedrooms: int | None = strawberry.field(default=None, description="0 to 1,000.")
    bathrooms: float | None = strawberry.field(default=None, description="0 to 1,000.")
    area: float | None = strawberry.field(default=None, description="Square metres, above 0, up to 1,000,000,000.")
    latitude: float | None = strawberry.field(default=None, description="Degrees, -90 to 90.")
    longitude: float | None = strawberry.field(default=None, description="Degrees, -180 to 180.")
    owner_id: strawberry.ID = strawberry.field(description="Who offers it; must exist.")


@strawberry.input(
    description="What to change of a listing; absent fields stay as they are, and null clears what may be empty."
)
class UpdatePropertyInput:
    """The rules are those of `storage.draft.PropertyDraft`."""

    reference: strawberry.Maybe[str | None] = strawberry.field(description="The source's key; null takes it away.")
    address: strawberry.Maybe[str | None] = strawberry.field(description="Street and number, 1 to 200 characters.")
    city: strawberry.Maybe[str | None] = strawberry.field(description="1 to 200 characters.")
    region: strawberry.Maybe[str | None] = strawberry.field(description="Up to 200 characters.")
    postal_code: strawberry.Maybe[str | None] = strawberry.field(description="Up to 64 characters.")
    price: strawberry.Maybe[Price | None] = strawberry.field(description="0 or more.")
    status: strawberry.Maybe[PropertyStatus | None] = strawberry.field(description="Where it stands.")
    bedrooms: strawberry.Maybe[int | None] = strawberry.field(description="0 to 1,000.")
    bathrooms: strawberry.Maybe[float | None] = strawberry.field(description="0 to 1,000.")
    area: strawberry.Maybe[float | None] = strawberry.field(description="Square metres, above 0, up to 1,000,000,000.")
    latitude: strawberry.Maybe[float | None] = strawberry.field(description="Degrees, -90 to 90.")
    longitude: strawberry.Maybe[float | None] = strawberry.field(description="Degrees, -180 to 180.")
    owner_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(description="Who offers it; must exist.")


@strawberry.type(description="The listing as it is now stored, or the reasons why nothing was written.")
class PropertyPayload:
    """Exactly one of the two holds something."""

    property: record.Property | None = strawberry.field(
        description="Null if nothing was written, or if reading it back failed.", graphql_type=Property | None
    )
    errors: list[MutationError] = strawberry.field(description="Empty if it was written.")


@strawberry.type(description="The listings as they are now stored, or the reasons why none was written.")
class PropertiesPayload:
    """Exactly one of the two holds something."""

    properties: list[record.Property] = strawberry.field(
        description="In the order of the inputs; empty if nothing was written.", graphql_type=list[Property]
    )
    errors: list[MutationError] = strawberry.field(description="Empty if all were written.")


@strawberry.type(description="What was deleted, or the reasons why nothing was.")
class DeletePropertyPayload:
    """Exactly one of the two holds something."""

    deleted_id: strawberry.ID | None = strawberry.field(description="Null if nothing was deleted.")
    errors: list[MutationError] = strawberry.field(description="Empty if it was deleted.")


@strawberry.type
class PropertyMutation:
    """Mixed into Mutation."""

    @strawberry.mutation(description="Create a listing.", graphql_type=PropertyPayload | None)
    async def create_property(
        self,
        info: Info,
        input: Annotated[CreatePropertyInput, strawberry.argument(description="The listing.")],
    ) -> PropertyPayload:
        """Problems with the input are in the payload."""
        created = await _create(info, [input])
        if isinstance(created, list):
            return PropertyPayload(property=created[0], errors=[])
        return _refused(created.problems)

    @strawberry.mutation(description="Create up to 1,000 listings, all or none.", graphql_type=PropertiesPayload | None)
    async def create_properties(
        self,
        info: Info,
        inputs: Annotated[list[CreatePropertyInput], strawberry.argument(description="The listings.")],
    ) -> PropertiesPayload:
        """Problems with the inputs are in the payload, each with its input's index."""
        created = await _create(info, inputs)
        if isinstance(created, list):
            return PropertiesPayload(properties=created, errors=[])
        return PropertiesPayload(properties=[], errors=mutation_errors(created.problems, of_many=True))

    @strawberry.mutation(
        description="Change some fields of a listing. A changed price or status is kept in its history.",
        graphql_type=PropertyPayload | None,
    )
    async def update_property(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The listing's id.")],
        input: Annotated[UpdatePropertyInput, strawberry.argument(description="What to change.")],
        expected_version: Annotated[
            int | None,
            strawberry.argument(description="Refuse with CONFLICT if the listing is at another version."),
        ] = None,
    ) -> PropertyPayload:
        """Problems with the input are in the payload. Raises BadInput for what is no listing's id."""
        check_id("id", ids.PROPERTY, id)
        changes = check_changes(PropertyDraft, given_changes(input))
        if isinstance(changes, list):
            return _refused(changes)
        try:
            with info.context.writing():
                updated = await info.context.store.update(PROPERTIES, id, changes, expected_version=expected_version)
        except Rejected as rejected:
            return _refused(rejected.problems)
        info.context.note_committed(info, [id])
        return PropertyPayload(property=updated, errors=[])

    @strawberry.mutation(
        description="Delete a listing and its history. To keep both, set its status to WITHDRAWN instead.",
        graphql_type=DeletePropertyPayload | None,
    )
    async def delete_property(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The listing's id.")]
    ) -> DeletePropertyPayload:
        """Raises BadInput for what is no listing's id."""
        check_id("id", ids.PROPERTY, id)
        try:
            with info.context.writing():
                deleted = await info.context.store.delete(PROPERTIES, id)
        except Rejected as rejected:
            return DeletePropertyPayload(deleted_id=None, errors=mutation_errors(rejected.problems))
        info.context.note_committed(info, [id])
        return DeletePropertyPayload(deleted_id=strawberry.ID(deleted.id), errors=[])


def _refused(problems: Iterable[Problem]) -> PropertyPayload:
    return PropertyPayload(property=None, errors=mutation_errors(problems))


async def _create(info: Info, inputs: list[CreatePropertyInput]) -> list[record.Property] | Rejected:
    if len(inputs) > MAX_CREATED:
        message = f"must be at most {MAX_CREATED}, not {len(inputs)}"
        return Rejected([Problem(ProblemCode.VALIDATION, message, "inputs")])
    drafts: list[PropertyDraft] = []
    problems: list[Problem] = []
    for index, input in enumerate(inputs):
        draft = check_draft(PropertyDraft, given_values(input), index=index)
        if isinstance(draft, list):
            problems += draft
        else:
            drafts.append(draft)
    if problems:
        return Rejected(problems)
    try:
        with info.context.writing():
            created = await info.context.store.create(PROPERTIES, drafts)
    except Rejected as rejected:
        return rejected
    info.context.note_committed(info, [listing.id for listing in created])
    return created
