"""The vocabularies of work, files, schedules, alerts and messages as GraphQL enums."""

from graphql_api.core.enums import describe_enum
from models import CatchUp, Channel, Frequency, MailTiming, ScheduleState, SlotState, WorkState
from resolvers.alerts.rule_findings import Band
from resolvers.calendar.recurrence import Nth, Weekday
from resolvers.deliveries.recipients import RecipientType
from resolvers.metrics.ranking import RankingOrder
from resolvers.reports.look_ups import ReportOrderField
from resolvers.schedules.drafts import Side

describe_enum(
    MailTiming,
    "When an alert is also sent by e-mail.",
    {
        "NEVER": "It is not.",
        "AT_ONCE": "As soon as it is raised.",
        "DAILY": "With all others of the day, at seven in the morning where the school is.",
    },
)
describe_enum(
    Band,
    "A line of the school's policy that a trainee's attendance can be below.",
    {"WATCH": "`watchBelow`; who is at risk is below it too.", "AT_RISK": "`atRiskBelow`."},
    name="AttendanceBand",
)
describe_enum(Channel, "A way out of Rollcall.", {"EMAIL": "An e-mail.", "WEBHOOK": "A call of a webhook."})
describe_enum(
    ReportOrderField,
    "What a list of reports is ordered by. Figures that are null count as lowest.",
    {
        "GENERATED_AT": "When they were generated.",
        "PERIOD_FROM": "The first day of their period.",
        "ATTENDANCE_RATE": "`attendanceRate`.",
        "CHRONIC_ABSENCE_RATE": "`chronicAbsenceRate`.",
        "AVERAGE_SCORE": "`averageScore`.",
    },
)
describe_enum(
    WorkState,
    "How far a piece of work is.",
    {
        "QUEUED": "It waits for a worker.",
        "RUNNING": "A worker is at it.",
        "SUCCEEDED": "It is done.",
        "FAILED": "It ended without success; `error` says why.",
        "CANCELLED": "It was cancelled.",
    },
)
describe_enum(
    Frequency,
    "How often a schedule falls due.",
    {
        "DAILY": "Every day.",
        "WEEKLY": "On `weekdays` of every week.",
        "MONTHLY": "Once in every month, or in `months`: on `day`, on the `lastDay`, or on the `nth` `weekday`.",
    },
)
describe_enum(
    ScheduleState,
    "Whether a schedule works.",
    {
        "ACTIVE": "It falls due at its times.",
        "PAUSED": "It does not fall due until it is resumed.",
        "DELETED": "It is gone; its history can still be read by id.",
    },
)
describe_enum(
    SlotState,
    "What became of a slot.",
    {
        "QUEUED": "It waits for a worker.",
        "RUNNING": "Its reports or files are being made.",
        "SUCCEEDED": "The recipients have been told; `note` says who or what was left out.",
        "FAILED": "Nobody was told; `note` says why, and the owner has an alert.",
        "SKIPPED": "There was no reason to run it, or it was missed; `note` says which.",
    },
)
describe_enum(
    CatchUp,
    "What becomes of slots that fell due while no scheduler was running.",
    {
        "LATEST": "The latest of them is run, the others are skipped.",
        "ALL": "All of them are run; of more than 100 the latest 100.",
        "NONE": "None that is more than 5 minutes late.",
    },
)
describe_enum(
    Weekday,
    "A day of the week.",
    {name: f"{name.capitalize()}." for name in Weekday.__members__},
)
describe_enum(
    Nth,
    "Which one of a weekday in its month.",
    {
        "FIRST": "The first.",
        "SECOND": "The second.",
        "THIRD": "The third.",
        "FOURTH": "The fourth.",
        "LAST": "The last, be it the fourth or the fifth.",
    },
    name="NthWeekday",
)
describe_enum(
    Side,
    "On which side of a value a figure is.",
    {"BELOW": "Less than the value.", "ABOVE": "More than the value."},
    name="ConditionSide",
)
describe_enum(
    RecipientType,
    "What a recipient is.",
    {
        "USER": "An account.",
        "ROLE": "The accounts of a role within a subject, as they are at each slot.",
        "EMAIL": "An e-mail address without an account, in an approved domain.",
        "WEBHOOK": "A webhook of the owner's own.",
    },
)
describe_enum(
    RankingOrder,
    "What comes first in a ranking.",
    {
        "BEST": "The best, by the metric's better direction.",
        "WORST": "The worst, by the metric's better direction.",
        "HIGHEST": "The highest value.",
        "LOWEST": "The lowest value.",
    },
)
