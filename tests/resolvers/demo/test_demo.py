"""The demo college is a valid source bundle, always the same, and has something of everything to show."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from resolvers.demo import write_demo_bundle
from resolvers.demo.files import COLUMNS
from resolvers.demo.school_year import school_year
from tests.support.made_up import AUGUST, MARCH, SCALE, Bundle, Row


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def school_of(bundle: Bundle) -> dict[tuple[str, str], str]:
    """(table, id) -> school, along the home links."""
    schools: dict[tuple[str, str], str] = {}
    for table, parent, column in (
        ("departments", "", "school_id"),
        ("programmes", "departments", "department_id"),
        ("class_groups", "programmes", "programme_id"),
        ("courses", "programmes", "programme_id"),
        ("trainers", "departments", "department_id"),
        ("trainees", "", "school_id"),
    ):
        for row in bundle[table]:
            schools[table, row["id"]] = schools[parent, row[column]] if parent else row[column]
    sessions, assessments = bundle["sessions"], bundle["assessments"]
    schools |= {("sessions", row["id"]): schools["class_groups", row["class_group_id"]] for row in sessions}
    schools |= {("assessments", row["id"]): schools["courses", row["course_id"]] for row in assessments}
    return schools


def test_the_same_arguments_give_the_same_bytes(march: Bundle, tmp_path: Path) -> None:
    write_demo_bundle(tmp_path / "again", scale=SCALE, today=MARCH, seed=1)
    assert content(tmp_path / "again") == content(march.folder)
    assert sorted(content(march.folder)) == sorted(f"{name}.csv" for name in COLUMNS)


def test_another_seed_gives_another_college(march: Bundle, tmp_path: Path) -> None:
    write_demo_bundle(tmp_path, scale=SCALE, today=MARCH, seed=2)
    same = {name for name, text in content(tmp_path).items() if text == content(march.folder)[name]}
    fixed = {"schools", "departments", "programmes", "class_groups", "courses", "terms", "holidays", "policies"}
    assert same == {f"{name}.csv" for name in fixed}


def test_a_later_today_keeps_the_past(march: Bundle, written: Callable[[date], Bundle]) -> None:
    later = written(AUGUST)

    def recorded(bundle: Bundle, name: str, column: str) -> list[Row]:
        return [row for row in bundle[name] if row[column][3:11] <= f"{MARCH:%Y%m%d}"]

    assert recorded(later, "sessions", "id") == recorded(march, "sessions", "id")
    assert recorded(later, "attendance", "session_id") == march["attendance"]
    results = {tuple(row.values()) for row in later["results"]}
    assert [row for row in march["results"] if tuple(row.values()) not in results] == []


def test_size_at_a_small_scale(march: Bundle) -> None:
    sizes = {name: len(rows) for name, rows in march.rows.items()}
    assert {name: sizes[name] for name in ("schools", "departments", "programmes", "class_groups", "courses")} == {
        "schools": 2,
        "departments": 7,
        "programmes": 15,
        "class_groups": 15,
        "courses": 68,
    }
    assert sizes["trainees"] == 60
    assert sizes["sessions"] == 3136
    assert sizes["users"] == 8


def test_ids_and_keys_are_unique_and_required_cells_are_filled(march: Bundle) -> None:
    optional = {
        "trainers": {"email"},
        "trainees": {"email"},
        "enrolments": {"course_id", "ends_on"},
        "sessions": {"status", "actual_starts_at", "actual_ends_at", "joint_id"},
        "attendance": {"arrived_at", "left_at", "reason"},
        "assessments": {"class_group_id", "trainer_id", "held_on", "max_score", "pass_score"},
        "results": {"score"},
        "users": {"school_id", "department_id", "programme_id", "trainer_id", "trainee_id"},
        "policies": {"late_after_minutes"},
    }
    keys = {
        "enrolments": ("trainee_id", "class_group_id", "course_id", "starts_on"),
        "attendance": ("session_id", "trainee_id"),
        "results": ("assessment_id", "trainee_id"),
        "holidays": ("school_id", "on"),
        "policies": ("school_id",),
    }
    for name, rows in march.rows.items():
        assert ",".join(rows[0]) == COLUMNS[name]
        found = Counter(tuple(row[column] for column in keys.get(name, ("id",))) for row in rows)
        assert [key for key, count in found.items() if count > 1] == [], name
        empty = {column for row in rows for column, text in row.items() if not text}
        assert empty - optional.get(name, set()) == set(), name


def test_every_reference_exists_and_no_row_ties_two_schools(march: Bundle) -> None:
    schools = school_of(march)
    tables = {
        "trainee_id": "trainees",
        "class_group_id": "class_groups",
        "course_id": "courses",
        "trainer_id": "trainers",
        "session_id": "sessions",
        "assessment_id": "assessments",
    }
    for name in ("enrolments", "sessions", "attendance", "assessments", "results"):
        for row in march[name]:
            ties = {schools[tables[column], text] for column, text in row.items() if column in tables and text}
            assert len(ties) == 1, (name, row)
    assert {row["school_id"] for name in ("terms", "holidays", "policies") for row in march[name]} == {"NG", "HI"}


@pytest.mark.parametrize("today", [MARCH, AUGUST, date(2025, 9, 1), date(2025, 12, 28)])
def test_times_are_in_order_and_carry_the_offset_of_the_school(written: Callable[[date], Bundle], today: date) -> None:
    bundle = written(today)
    zones = {row["id"]: ZoneInfo(row["timezone"]) for row in bundle["schools"]}
    schools = school_of(bundle)

    def at(text: str, zone: ZoneInfo) -> datetime:
        moment = datetime.fromisoformat(text)
        assert moment.utcoffset() == moment.astimezone(zone).utcoffset()
        return moment

    starts = {}
    for session in bundle["sessions"]:
        zone = zones[schools["sessions", session["id"]]]
        starts[session["id"]] = begins = at(session["starts_at"], zone)
        ends = at(session["ends_at"], zone)
        assert begins < ends
        if session["actual_starts_at"]:
            assert at(session["actual_starts_at"], zone) < ends
        if session["actual_ends_at"]:
            assert begins < at(session["actual_ends_at"], zone)
        if session["actual_starts_at"] and session["actual_ends_at"]:
            assert at(session["actual_starts_at"], zone) < at(session["actual_ends_at"], zone)
    for mark in bundle["attendance"]:
        zone = zones[schools["sessions", mark["session_id"]]]
        arrived, left = (at(mark[column], zone) if mark[column] else None for column in ("arrived_at", "left_at"))
        assert not (arrived and left) or arrived <= left
        assert starts[mark["session_id"]].date() <= today
    days = [moment.date() for moment in starts.values()]
    assert max(days) <= today + timedelta(days=14)
    assert date(2025, 9, 1) <= min(days)


def test_enrolments_of_one_trainee_group_and_course_do_not_overlap(written: Callable[[date], Bundle]) -> None:
    for bundle in (written(MARCH), written(AUGUST)):
        spans: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
        for row in bundle["enrolments"]:
            last = row["ends_on"] or "9999-12-31"
            assert row["starts_on"] <= last
            spans[row["trainee_id"], row["class_group_id"], row["course_id"]].append((row["starts_on"], last))
        for days in spans.values():
            for (_, before), (after, _) in zip(sorted(days), sorted(days)[1:], strict=False):
                assert before < after


def test_values_are_those_of_the_bundle(march: Bundle) -> None:
    assert {row["status"] for row in march["sessions"]} == {"", "HELD", "CANCELLED"}
    assert {row["status"] for row in march["attendance"]} == {"PRESENT", "LATE", "EXCUSED", "ABSENT"}
    assert {row["kind"] for row in march["assessments"]} == {"QUIZ", "ASSIGNMENT", "EXAM", "PORTFOLIO", "PROJECT"}
    assert min(float(row["max_score"]) for row in march["assessments"] if row["max_score"]) == 10
    assert min(float(row["score"]) for row in march["results"] if row["score"]) > 0
    assert [row["excused_counts"] for row in march["policies"]] == ["true", "false"]
    domains = {row["email"].partition("@")[2] for name in ("users", "trainers", "trainees") for row in march[name]}
    assert domains == {"", "northgate.example", "harbour.example"}


def test_what_the_import_will_warn_about_is_little(march: Bundle) -> None:
    sessions = march.by_id("sessions")
    enrolled: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in march["enrolments"]:
        enrolled[row["trainee_id"], row["class_group_id"]].append(row)
    warnings: Counter[str] = Counter()
    for mark in march["attendance"]:
        session = sessions[mark["session_id"]]
        day = session["starts_at"][:10]
        if session["status"] == "CANCELLED":
            warnings["cancelled"] += 1
        elif not any(
            row["course_id"] in ("", session["course_id"]) and row["starts_on"] <= day <= (row["ends_on"] or "9")
            for row in enrolled[mark["trainee_id"], session["class_group_id"]]
        ):
            warnings["not enrolled"] += 1
    maximum = {row["id"]: row["max_score"] for row in march["assessments"]}
    for row in march["results"]:
        most = maximum[row["assessment_id"]]
        warnings["over the maximum"] += bool(most and row["score"] and float(row["score"]) > float(most))
    assert warnings == {"cancelled": 4, "not enrolled": 9, "over the maximum": 2}


def test_users_have_one_sign_in_per_role(march: Bundle) -> None:
    roles = [(row["email"], row["role"]) for row in march["users"]]
    assert roles == [
        ("admin@northgate.example", "ADMIN"),
        ("principal@northgate.example", "PRINCIPAL"),
        ("head@northgate.example", "DEPARTMENT_HEAD"),
        ("coordinator@northgate.example", "PROGRAMME_COORDINATOR"),
        ("trainer@northgate.example", "TRAINER"),
        ("trainee@northgate.example", "TRAINEE"),
        ("service@northgate.example", "SERVICE"),
        ("principal@harbour.example", "PRINCIPAL"),
    ]
    ties = ("school_id", "department_id", "programme_id", "trainer_id", "trainee_id")
    filled = {row["role"]: {column for column in ties if row[column]} for row in march["users"]}
    assert filled == {
        "ADMIN": set(),
        "PRINCIPAL": {"school_id"},
        "DEPARTMENT_HEAD": {"department_id", "trainer_id"},
        "PROGRAMME_COORDINATOR": {"programme_id"},
        "TRAINER": {"trainer_id"},
        "TRAINEE": {"trainee_id"},
        "SERVICE": {"school_id"},
    }
    trainee = next(row["trainee_id"] for row in march["users"] if row["role"] == "TRAINEE")
    statuses = {row["status"] for row in march["attendance"] if row["trainee_id"] == trainee}
    assert statuses == {"PRESENT", "LATE", "EXCUSED", "ABSENT"}


@pytest.mark.parametrize("calendar", ["british", "american"])
@pytest.mark.parametrize("first", range(2023, 2033))
def test_school_years_are_sound(calendar: str, first: int) -> None:
    year = school_year(calendar, first)
    bounds = [day for term in year.terms for day in (term.starts_on, term.ends_on)]
    assert bounds == sorted(set(bounds))
    assert len(year.terms) == 3
    assert year.starts_on <= bounds[0]
    assert bounds[-1] <= year.ends_on
    assert not set(year.days) & set(year.holidays)
    assert {day.weekday() for day in year.days} == {0, 1, 2, 3, 4}
    assert 170 < len(year.days) < 195
    assert len(year.lost) > 0


def test_progress_counts_up_to_all_days(tmp_path: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    write_demo_bundle(tmp_path, scale=0.01, today=date(2025, 9, 10), progress=lambda *call: calls.append(call))
    assert calls[0] == ("Northgate College", 0, 35)
    assert calls[-1] == ("Harbour Institute", 35, 35)
    assert [done for _, done, _ in calls] == sorted(done for _, done, _ in calls)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_an_impossible_scale_is_refused_and_writes_nothing(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="scale must be a number above 0"):
        write_demo_bundle(tmp_path / "demo", scale=scale, today=MARCH)
    assert not (tmp_path / "demo").exists()
