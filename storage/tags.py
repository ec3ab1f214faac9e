"""Tags: what an invalidation names. A write names those of every row it touches, as it was and as it is."""


def owner_tag(owner_id: str) -> str:
    """Of the owner's row, its pages of listings and their count."""
    return f"owner:{owner_id}"


def property_tag(property_id: str) -> str:
    """Of the listing's row."""
    return f"property:{property_id}"


def city_tag(city_key: str) -> str:
    """Of the city's first pages."""
    return f"city:{city_key}"
