"""The name of a download: one that every system can save, and the header that carries it."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

NAMELESS: Final = "report"
# a name may have 255 bytes where it is saved, and browsers add to it while they load
LONGEST: Final = 200
_LONGEST_ENDING: Final = 16
# separators of paths; characters that show another order of letters, and so another ending, than there is
_UNFIT: Final = re.compile(r"[/\\\u202a-\u202e\u2066-\u2069]")
_NOT_SHOWN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def saved_name(name: str) -> str:
    """The name as it can be saved anywhere: 200 bytes of UTF-8 at most, the ending kept; never empty, hidden or a path.

    Whatever cannot be in a name becomes `_`.
    """
    whole = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "_")
    shown = "".join("_" if unicodedata.category(sign) in _NOT_SHOWN else sign for sign in _UNFIT.sub("_", whole))
    return _shortened(unicodedata.normalize("NFC", shown).strip(". ")) or NAMELESS


def attachment(name: str) -> str:
    """The Content-Disposition of a file to be saved under that name (RFC 6266): in ASCII, and as it is (RFC 8187)."""
    saved = saved_name(name)
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", saved) if not unicodedata.combining(sign))
    # some browsers take a % for the begin of an encoded character, and =? for that of an encoded word (RFC 2047)
    plain = re.sub(r'[^ -~]|["\\%]|(?<==)\?', "_", letters)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(saved, safe='')}"


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = LONGEST - len((dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + ending
