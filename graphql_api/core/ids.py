"""Opaque global ids: base64url of `Type:number`. Clients keep them and hand them back, nothing else."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Collection
from typing import Final

import strawberry

from models import SubjectKind
from resolvers.core.global_ids import global_id_text, type_name_of
from resolvers.core.problems import Refusal

_TEXT: Final = re.compile(r"([A-Z][A-Za-z]*):([1-9][0-9]{0,18})", re.ASCII)
_LONGEST: Final = 64

# the GraphQL type of each kind of subject
TYPE_NAMES: Final[dict[SubjectKind, str]] = {kind: type_name_of(kind) for kind in SubjectKind}
KIND_OF_TYPE: Final[dict[str, SubjectKind]] = {name: kind for kind, name in TYPE_NAMES.items()}
TERM: Final = "Term"
USER: Final = "User"
_KINDS: Final = tuple(SubjectKind)
# keys of four bytes; all others have eight
_SMALL: Final = frozenset((*KIND_OF_TYPE, TERM, USER))


def global_id(type_name: str, number: int) -> strawberry.ID:
    """The id of the row with that key, as clients see it."""
    return strawberry.ID(global_id_text(type_name, number))


def subject_global_id(kind: SubjectKind, number: int) -> strawberry.ID:
    """The id of a subject, as clients see it."""
    return global_id(TYPE_NAMES[kind], number)


def parse_id(given: str, argument: str) -> tuple[str, int]:
    """The type and key behind an id. Refuses, naming the argument, what is none of ours."""
    if len(given) <= _LONGEST and given.isascii():
        try:
            text = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        except ValueError:
            text = ""
        match = _TEXT.fullmatch(text)
        # one id has one spelling: what decodes to the same bytes by another is not taken
        if match and global_id(match[1], int(match[2])) == given:
            number = int(match[2])
            if number < (2**31 if match[1] in _SMALL else 2**63):
                return match[1], number
    raise Refusal(f"{_shown(given)} is not an id; take one from a field `id`", (argument,))


def number_of(given: str, argument: str, type_name: str) -> int:
    """The key behind an id of that type. Refuses, naming the argument, any other."""
    found, number = parse_id(given, argument)
    if found != type_name:
        raise Refusal(f"{_shown(given)} is the id of a {found}, not of a {type_name}", (argument,))
    return number


def subject_of_id(given: str, argument: str, kinds: Collection[SubjectKind] = _KINDS) -> tuple[SubjectKind, int]:
    """The kind and key behind a subject's id. Refuses, naming the argument, ids of other kinds."""
    found, number = parse_id(given, argument)
    kind = KIND_OF_TYPE.get(found)
    if kind is None or kind not in kinds:
        wanted = " or ".join(TYPE_NAMES[kind] for kind in SubjectKind if kind in kinds)
        raise Refusal(f"{_shown(given)} is the id of a {found}, not of a {wanted}", (argument,))
    return kind, number


def _shown(given: str) -> str:
    return repr(given if len(given) <= _LONGEST else f"{given[:_LONGEST]}…")
