"""A report as its reader may see it: names added, entries outside the reader's scope dropped, whole counts kept.

Here is what there is of it, for GraphQL and files alike; reading.py fills it, and each section knows its own part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models import BaseReport
from resolvers.calendar.periods import Period
from resolvers.core.wording import Remark
from resolvers.metrics.measure import Figures
from resolvers.metrics.policies import Rules
from resolvers.subjects.look_ups import SubjectRow


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything in a report that its reader may see. `sections` are its parts by name: ask `Section.of`.

    `left_out` are columns of lists of which the reader may see nothing: bands.email, timeline.course.
    """

    report: BaseReport
    subject: SubjectRow
    period: Period
    rules: Rules
    figures: Figures
    sections: Mapping[str, Any] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    notes: tuple[Remark, ...] = ()
