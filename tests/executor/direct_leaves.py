"""A type of direct fields, required and nullable, and the values that its objects hold."""

# mypy: disable-error-code="untyped-decorator, valid-type"
# Strawberry's own decorators are typed so.

from __future__ import annotations

from typing import NewType

import strawberry
from strawberry.schema.config import StrawberryConfig

from tests.executor.world import Status

StatusEnum = strawberry.enum(Status, name="Status")
Amount = NewType("Amount", int)
LEAVES = {"text": "a", "key": "b", "whole": 1, "real": 0.5, "truth": True, "status": "open", "amount": 2**40}
MAYBE = {f"maybe_{name}": value for name, value in LEAVES.items()}
FIELDS = " ".join([*LEAVES, *(f"maybe{name.title()}" for name in LEAVES)])
CONFIG = StrawberryConfig(scalar_map={Amount: strawberry.scalar(name="Amount", serialize=int, parse_value=int)})


@strawberry.type
class Leaves:
    text: str
    key: strawberry.ID
    whole: int
    real: float
    truth: bool
    status: StatusEnum
    amount: Amount
    maybe_text: str | None
    maybe_key: strawberry.ID | None
    maybe_whole: int | None
    maybe_real: float | None
    maybe_truth: bool | None
    maybe_status: StatusEnum | None
    maybe_amount: Amount | None
