"""All reads, each declared once, in a file for each type that they find. A read has the name of its statement."""

from importlib import import_module
from pkgutil import iter_modules

from storage.read import AnyRead, Read

READS: dict[str, AnyRead] = {
    read.name: read
    for module in iter_modules(__path__, f"{__name__}.")
    for read in vars(import_module(module.name)).values()
    if isinstance(read, Read)
}
"""By name."""
