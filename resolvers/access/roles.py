"""The one table of roles: by which tie an account is known, what it sees, whom it may address, what it decides.

A role makes use of the ties of its own level and below: an account with role TRAINER and a department_id does not
become a head. To add a role, add the word to `Role` (models/vocabulary.py, with a migration of the check on accounts)
and a row here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models import Role, SubjectKind

# the ties of an account, from the widest to the narrowest, and the kind of subject each leads to
TIES: Final[Mapping[str, SubjectKind]] = MappingProxyType(
    {
        "school_id": SubjectKind.SCHOOL,
        "department_id": SubjectKind.DEPARTMENT,
        "programme_id": SubjectKind.PROGRAMME,
        "trainer_id": SubjectKind.TRAINER,
        "trainee_id": SubjectKind.TRAINEE,
    }
)
OWN_TIES: Final = frozenset({"trainer_id", "trainee_id"})
"""Those by which an account is somebody's own, not over others."""


class Reach(StrEnum):
    """Whom an account may address."""

    ANYBODY = "ANYBODY"
    SCHOOL = "SCHOOL"
    THEMSELVES = "THEMSELVES"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True)
class RoleRights:
    """What a role means. `tie`: what an account of it must be tied by, and is found by within a subject.

    `reports`: it reads reports and figures, of what its ties open; `sees_everything`: of all there is. `governs`: it
    decides for a school it sees, how it counts and how its files look. Who reaches a school or more may also write to
    approved addresses.
    """

    description: str
    reach: Reach
    tie: str | None = None
    reports: bool = True
    sees_everything: bool = False
    governs: bool = False

    @property
    def ties(self) -> tuple[str, ...]:
        """The ties an account of this role makes use of."""
        if self.tie is None or not self.reports:
            return ()
        known = list(TIES)
        return tuple(known[known.index(self.tie) :])

    @property
    def of_people(self) -> bool:
        """Whether such an account is a person who is a subject too: a trainer, a trainee."""
        return self.tie in OWN_TIES

    @property
    def writes(self) -> bool:
        """Whether it may write to approved addresses, and address the accounts of a role."""
        return self.reach in (Reach.ANYBODY, Reach.SCHOOL)


ROLES: Final[Mapping[Role, RoleRights]] = MappingProxyType(
    {
        Role.ADMIN: RoleRights("Sees everything.", Reach.ANYBODY, sees_everything=True, governs=True),
        Role.PRINCIPAL: RoleRights("Sees their school and all below.", Reach.SCHOOL, tie="school_id", governs=True),
        Role.DEPARTMENT_HEAD: RoleRights("Sees their department and all below.", Reach.SCHOOL, tie="department_id"),
        Role.PROGRAMME_COORDINATOR: RoleRights("Sees their programme and all below.", Reach.SCHOOL, tie="programme_id"),
        Role.TRAINER: RoleRights(
            "Sees themselves, and the class groups, courses and trainees they ever taught.",
            Reach.THEMSELVES,
            tie="trainer_id",
        ),
        Role.TRAINEE: RoleRights("Sees themselves only.", Reach.THEMSELVES, tie="trainee_id"),
        Role.SERVICE: RoleRights(
            "Records source data for its school; sees no reports.", Reach.NOBODY, tie="school_id", reports=False
        ),
    }
)
if set(ROLES) != set(Role):
    raise LookupError(f"roles without a row in resolvers/access/roles.py: {sorted(set(Role) - set(ROLES))}")


def addressed_by_role() -> Mapping[Role, str]:
    """The roles whose accounts can be addressed within a subject, each with the tie they are found by."""
    return {role: rights.tie for role, rights in ROLES.items() if rights.tie is not None and rights.reports}
