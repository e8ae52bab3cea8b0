"""The demo college: a seeded generator of one believable school year as a source bundle.

`write_demo_bundle` writes the CSV files of the source bundle into a folder and touches nothing else: no database, no
clock, no network. The same arguments give the same bytes. A later `today` in the same school year gives the same past
and some more days, because chance is drawn per school and day.

- `catalogue` says which schools, departments, programmes and courses there are; `names` gives people their names
- `school_year` has the terms, holidays and disrupted days
- `college` builds one school's people and groups, `timetable` its week, `enrolments` who is in which group when
- `teaching` walks through the days, `attendance` decides who came, `assessments` who scored what
- `files` writes rows; `bundle` puts it all together
"""

from resolvers.demo.bundle import write_demo_bundle

__all__ = ["write_demo_bundle"]
