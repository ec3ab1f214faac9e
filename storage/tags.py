"""Tags: the names by which cached values are invalidated. A write names those of each row before and after it."""


def owner_tag(owner_id: str) -> str:
    """The tag of the owner's row, its pages of listings and their count."""
    return f"owner:{owner_id}"


def property_tag(property_id: str) -> str:
    """The tag of the listing's row."""
    return f"property:{property_id}"


def city_tag(city_key: str) -> str:
    """The tag of the city's first pages."""
    return f"city:{city_key}"
