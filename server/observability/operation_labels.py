"""The names of operations that figures tell apart: clients choose them, so that there must be a bound."""

from collections import OrderedDict

OTHER = "other"


class OperationLabels:
    """The `most` names that were used last; those `forgotten` for them since that was last emptied.

    Where nothing can be forgotten, the first names stay.
    """

    def __init__(self, most: int, *, forgets: bool) -> None:
        self.forgotten: set[str] = set()
        self._most = most
        self._forgets = forgets
        self._names: OrderedDict[str, None] = OrderedDict()

    def use(self, name: str) -> str:
        """The name, or OTHER for one too many."""
        names = self._names
        if name in names:
            names.move_to_end(name)
            return name
        if len(names) >= self._most:
            if not self._forgets:
                return OTHER
            oldest, _ = names.popitem(last=False)
            self.forgotten.add(oldest)
        names[name] = None
        self.forgotten.discard(name)
        return name

    def take_forgotten(self) -> set[str]:
        """Those forgotten since the last time."""
        taken, self.forgotten = self.forgotten, set()
        return taken
