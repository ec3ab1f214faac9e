"""References: the keys of rows in their sources. Texts that look alike, in NFC and NFD, are one reference."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeVar

from storage.record import Owner, Property

Record = TypeVar("Record", Owner, Property)


def canonical_reference(reference: str) -> str:
    """The reference as it is stored, in NFC."""
    return unicodedata.normalize("NFC", reference)


def is_same_reference(one: str, other: str | None) -> bool:
    """Whether the two are one reference."""
    return other is not None and canonical_reference(one) == canonical_reference(other)


def stored_spellings(references: Iterable[str | None]) -> list[str]:
    """The texts to look up for these references, sorted: NFC, and NFD, which rows of older releases may have."""
    found: set[str] = set()
    for reference in references:
        if reference is not None:
            found |= {unicodedata.normalize("NFC", reference), unicodedata.normalize("NFD", reference)}
    return sorted(found)


def by_reference(references: Iterable[str], found: Iterable[Record]) -> Mapping[str, Record]:
    """The found records by the references of the call. If two records have one reference, the one in NFC wins."""
    held: dict[str, Record] = {}
    for record in found:
        if record.reference is not None:
            reference = canonical_reference(record.reference)
            if reference == record.reference or reference not in held:
                held[reference] = record
    asked = ((reference, held.get(canonical_reference(reference))) for reference in references)
    return {reference: record for reference, record in asked if record is not None}
