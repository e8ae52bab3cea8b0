"""What a section of a report is, and what it works with when it is built, and when it is read."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from models import SubjectKind
from resolvers.calendar.periods import Period
from resolvers.metrics.counting import Counting
from resolvers.metrics.policies import Rules
from resolvers.reports.content import ReportContent
from resolvers.reports.notes import Hidden
from resolvers.reports.shapes import Named
from resolvers.subjects.look_ups import SubjectRow

TREE: Final = frozenset({SubjectKind.SCHOOL, SubjectKind.DEPARTMENT, SubjectKind.PROGRAMME})
"""The kinds whose children have children; their reports name the best and the worst of them."""
TAUGHT: Final = frozenset({SubjectKind.CLASS_GROUP, SubjectKind.COURSE})

# of each subject of a batch what is stored of it
Built = Mapping[int, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """Subjects of one kind over one period: `counting` asks about each of them once, in order, split as breakdowns."""

    kind: SubjectKind
    period: Period
    counting: Counting

    @property
    def subject_ids(self) -> list[int]:
        """The subjects in the order they are asked about."""
        return [ask.subject_id for ask in self.counting.asked]

    async def rows(self, sql: str) -> dict[int, list[dict[str, Any]]]:
        """The rows of a statement over `asked`, by subject; the column n is taken out."""
        asked = self.counting.asked
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in await self.counting.rows(sql, range(len(asked))):
            found[asked[row.pop("n")].subject_id].append(row)
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """A stored report that is being read for somebody: the subjects they may see of those that it names.

    `contacts`: whether they may read anybody's e-mail address, so that an empty list has the column too. What a section
    holds back it notes in `hidden`, and columns of which nothing may be read in `left_out` (bands.email).
    """

    kind: SubjectKind
    rules: Rules
    subjects: Mapping[int, SubjectRow]
    contacts: bool
    hidden: Hidden = field(default_factory=Hidden)
    left_out: set[str] = field(default_factory=set)


@dataclass(frozen=True)  # no slots: a generic class notes there what it is of
class Section(Generic[T]):
    """One part of a report: T is what its reader gets of it.

    `build` makes what is stored (`empty` where nothing is found) for a whole batch; `ids` are the subjects that what is
    stored names; `read` is what of it a reader may see. `shape` is that as it stands in `data`, `record` as the fields
    of the published query, which are there whatever is in them. `named` are the subjects whose names a reader gets.
    """

    name: str
    kinds: frozenset[SubjectKind]
    build: Callable[[Batch], Awaitable[Built]]
    read: Callable[[Any, Reading], T]
    shape: Callable[[T, Named], Any]
    record: Callable[[T | None, ReportContent], dict[str, Any]]
    ids: Callable[[Any], Iterable[int]] = lambda stored: ()
    named: Callable[[T], Iterable[SubjectRow | None]] = lambda part: ()
    empty: Callable[[], Any] = list

    def of(self, content: ReportContent) -> T | None:
        """This part of a report; None where there is none."""
        part: T | None = content.sections.get(self.name)
        return part
