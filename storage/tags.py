"""Tags: what an invalidation names. A write names those of every row it touches, as it was and as it is."""

from collections.abc import Iterator

from storage.folding import fold
from storage.record import Owner, PriceChange, Property


def owner_tag(owner_id: str) -> str:
    """Of the owner's row, its pages of listings and their count."""
    return f"owner:{owner_id}"


def property_tag(property_id: str) -> str:
    """Of the listing's row."""
    return f"property:{property_id}"


def city_tag(city_key: str) -> str:
    """Of the city's first pages."""
    return f"city:{city_key}"


def tags_of(record: Owner | Property | PriceChange) -> Iterator[str]:
    """What has to be forgotten when this row comes, goes or changes. Price changes are never cached."""
    if isinstance(record, Owner):
        yield owner_tag(record.id)
    elif isinstance(record, Property):
        yield property_tag(record.id)
        yield owner_tag(record.owner_id)
        yield city_tag(fold(record.city))
