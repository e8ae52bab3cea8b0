"""What live figures load together: the days of periods, the calendars of schools, the figures themselves."""

from graphql_api.core.context import Context
from graphql_api.core.loaders import about_ids, loader
from graphql_api.metrics.periods import Resolved, SchoolPeriod, days_of, needs_calendar
from graphql_api.metrics.types import Figures, Metrics, measure_figures
from resolvers.calendar.periods import school_calendars

calendars = about_ids(school_calendars)


@loader
async def periods(context: Context, keys: list[SchoolPeriod]) -> dict[SchoolPeriod, Resolved]:
    """The days of periods that were asked for, each in its school."""
    schools = dict.fromkeys(key.school_id for key in keys if needs_calendar(key.request))
    known = dict(zip(schools, await calendars(context).load_many(schools), strict=True))
    return {key: days_of(key.request, known.get(key.school_id), context.now) for key in keys}


@loader
async def figures(context: Context, keys: list[Figures]) -> dict[Figures, Metrics | None]:
    """The figures of subjects over days."""
    async with context.database.read() as session:
        return await measure_figures(session, context.viewer, keys, context.now)
