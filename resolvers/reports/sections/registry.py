"""Every section, in the order in which a report holds them."""

from typing import Any, Final

from resolvers.reports.sections.bands import BANDS
from resolvers.reports.sections.breakdown import BREAKDOWN
from resolvers.reports.sections.section import Section
from resolvers.reports.sections.sessions import CANCELLED, UNRECORDED
from resolvers.reports.sections.starts import STARTS
from resolvers.reports.sections.streaks import STREAKS
from resolvers.reports.sections.timeline import TIMELINE
from resolvers.reports.sections.trend import TREND

SECTIONS: Final[tuple[Section[Any], ...]] = (
    TREND, BREAKDOWN, BANDS, UNRECORDED, CANCELLED, STARTS, STREAKS, TIMELINE,
)  # fmt: skip
