"""What fields about schedules load together."""

from typing import NamedTuple

from graphql_api.core.loaders import Declared, about_ids, by_ids, by_keys
from models import ScheduleSlot
from resolvers.calendar.school_days import school_days as days_of_schools
from resolvers.core.paging import Page, PageRequest
from resolvers.schedules.schedules import schedules_by_ids
from resolvers.schedules.slots import slots_of_schedules as page_of_slots


class SlotsOfSchedule(NamedTuple):
    """Key of one page of a schedule's history."""

    asked: PageRequest
    schedule_id: int


schedules = by_ids(schedules_by_ids)
school_days = about_ids(days_of_schools)
slots_of_schedules: Declared[SlotsOfSchedule, Page[ScheduleSlot]] = by_keys(page_of_slots)
