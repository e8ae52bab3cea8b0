"""Names of operations as labels: clients choose them, and whoever keeps measures pays for each one."""

from typing import Final

MOST_NAMES: Final = 100
LONGEST_NAME: Final = 64
NAMELESS: Final = "-"
OTHER: Final = "other"


class KeptNames:
    """The first `most` names of operations that ran in this process; every later one is OTHER."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._most = most
        self._names: set[str] = set()

    def label(self, name: str | None, *, ran: bool) -> str:
        """What the name is kept as; NAMELESS: it has none. What never ran brings no name in."""
        if name is None:
            return NAMELESS
        if name in self._names:
            return name
        if not ran or len(self._names) >= self._most or len(name) > LONGEST_NAME:
            return OTHER
        self._names.add(name)
        return name
