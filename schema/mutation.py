"""The root of writing."""

import strawberry

from schema.owner_mutation import OwnerMutation
from schema.property_mutation import PropertyMutation


@strawberry.type(
    description="Everything that can be written. Mutations of one request run one after the other; one that fails is"
    " null, with an error at its path, and the next still runs."
)
class Mutation(PropertyMutation, OwnerMutation):
    """The fields of each noun are in files of their own. All are nullable: one that fails hides none that succeeded."""
