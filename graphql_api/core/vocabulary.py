"""The vocabularies of models/ and resolvers/ as GraphQL enums. Import the enums from where they live."""

from exporters import Layout, Paper, Separator
from graphql_api.core.enums import describe_enum
from models import AlertKind, Role, SubjectKind
from resolvers.access.roles import ROLES
from resolvers.calendar.periods import Granularity, PeriodName
from resolvers.core.problems import ProblemCode
from resolvers.metrics.registry import Better, Unit

describe_enum(
    SubjectKind,
    "What a report can be about.",
    {kind.name: kind.description for kind in SubjectKind},
)
describe_enum(
    Role,
    "What a user is in the institution; together with the subjects they are tied to it decides what they see.",
    {role.name: rights.description for role, rights in ROLES.items()},
)
describe_enum(
    PeriodName,
    "A period relative to today, in the zone of the subject's school. Weeks are ISO weeks; THIS_… is the whole range.",
    {
        "TODAY": "Today.",
        "YESTERDAY": "The day before today.",
        "THIS_WEEK": "Monday to Sunday of the present week.",
        "LAST_WEEK": "Monday to Sunday of the week before.",
        "THIS_MONTH": "The present calendar month.",
        "LAST_MONTH": "The calendar month before.",
        "THIS_TERM": "The school's term that contains today; there may be none.",
        "LAST_TERM": "The school's latest term that is over; there may be none.",
        "TERM_TO_DATE": "From the first day of the school's present term to today; there may be none.",
    },
)
describe_enum(
    Granularity,
    "How long the buckets of a trend are; the first and last are cut to the period.",
    {"DAY": "One day.", "WEEK": "One ISO week, Monday to Sunday.", "MONTH": "One calendar month."},
)
describe_enum(
    Unit,
    "What a figure counts in.",
    {
        "COUNT": "A number of marks, sessions or results.",
        "RATE": "A share, from 0 to 1.",
        "MINUTES": "Minutes.",
        "HOURS": "Hours.",
        "TRAINEES": "A number of trainees.",
        "TRAINEES_PER_DAY": "A mean number of trainees a day.",
    },
)
describe_enum(
    Better,
    "Which direction of a figure is the good one.",
    {"HIGHER": "More is better.", "LOWER": "Less is better.", "NEITHER": "Neither is better."},
    name="BetterDirection",
)
describe_enum(
    ProblemCode,
    "Why something that was asked for has not been done.",
    {
        "INVALID": "A value makes no sense, or not together with the others.",
        "NOT_FOUND": "It does not exist, or the viewer may not see it.",
        "FORBIDDEN": "The viewer's role may not do this.",
        "CONFLICT": "It does not go together with what is there already.",
        "EMPTY": "There is nothing to do it with.",
    },
    name="UserErrorCode",
)
describe_enum(
    AlertKind,
    "What an alert is about.",
    {
        "REPORT_READY": "Reports that were asked for, or that a schedule made, can be read.",
        "EXPORT_READY": "A file that was asked for can be fetched.",
        "RUN_FAILED": "Reports, a file or a schedule's work could not be done or not be mailed, or a rule, a schedule"
        " or a webhook does nothing any more.",
        "BELOW_BAND": "A rule found a trainee's attendance below a line of the policy.",
        "CHRONIC_ABSENCE": "A rule found a trainee chronically absent.",
        "ABSENCES_IN_A_ROW": "A rule found a trainee absent from a number of sessions in a row.",
        "SESSIONS_WITHOUT_MARKS": "A rule found sessions of past days that have no marks.",
    },
)
describe_enum(
    Layout,
    "How the reports of an export go into files.",
    {"TOGETHER": "All in one file.", "SEPARATE": "A file for each, in a .zip."},
    name="ExportLayout",
)
describe_enum(Paper, "The sheet a PDF is laid out for.", {"A4": "210 × 297 mm.", "LETTER": "8.5 × 11 inches."})
describe_enum(
    Separator,
    "What stands between the fields of a CSV file, and with it the sign of decimals in its numbers.",
    {
        "COMMA": "A comma; decimals have a point.",
        "SEMICOLON": "A semicolon; decimals have a point.",
        "TAB": "A tab; decimals have a point.",
        "LOCALE": "As spreadsheets of the file's locale open it by double click: where decimals have a comma, a"
        " semicolon, and the comma in the numbers; else as COMMA.",
    },
    name="ExportSeparator",
)
