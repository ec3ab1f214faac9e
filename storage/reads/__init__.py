"""Every read of the store, each declared once, by the noun that it finds. A read's name is that of its statement."""

from storage.read import AnyRead, Read
from storage.reads import owner, price_change, property

READS: dict[str, AnyRead] = {
    read.name: read
    for module in (owner, property, price_change)
    for read in vars(module).values()
    if isinstance(read, Read)
}
"""By name."""
