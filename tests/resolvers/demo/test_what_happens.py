"""The made-up college lives: sessions, registers, enrolments, trainers, results and names show what real ones do."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import correlation, mean

from tests.support.made_up import AUGUST, MARCH, Bundle, Row


def test_nobody_is_in_two_places_at_once(march: Bundle) -> None:
    groups: Counter[tuple[str, str]] = Counter()
    trainers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in march["sessions"]:
        groups[row["class_group_id"], row["starts_at"]] += 1
        if row["status"] != "CANCELLED":
            trainers[row["trainer_id"], row["starts_at"]].add(row["joint_id"] or row["id"])
    assert max(groups.values()) == 1
    assert max(len(places) for places in trainers.values()) == 1
    sessions = march.by_id("sessions")
    trainees = Counter((row["trainee_id"], sessions[row["session_id"]]["starts_at"]) for row in march["attendance"])
    assert max(trainees.values()) == 1


def test_sessions_show_every_fate(march: Bundle) -> None:
    marks = march.marks_of()
    fates: Counter[str] = Counter()
    for row in march["sessions"]:
        future = row["starts_at"][:10] > str(MARCH)
        if future:
            assert (row["status"], row["actual_starts_at"], marks[row["id"]]) == ("", "", [])
        recorded = "marked" if marks[row["id"]] else "empty"
        fates["scheduled" if future else f"{row['status'] or 'no flag'}, {recorded}"] += 1
    assert set(fates) == {
        "scheduled",
        "HELD, marked",
        "no flag, marked",
        "no flag, empty",
        "CANCELLED, empty",
        "CANCELLED, marked",
    }
    cancelled = Counter(row["starts_at"][:10] for row in march["sessions"] if row["status"] == "CANCELLED")
    past = sum(fates.values()) - fates["scheduled"]
    assert 0.02 < cancelled.total() / past < 0.045
    assert cancelled.most_common(1)[0][0] == "2026-01-22"


def test_joint_sessions_share_all_but_the_group(march: Bundle) -> None:
    joint: dict[str, list[Row]] = defaultdict(list)
    for row in march["sessions"]:
        if row["joint_id"]:
            joint[row["joint_id"]].append(row)
    assert {len({row["class_group_id"] for row in rows}) for rows in joint.values()} == {2}
    for rows in joint.values():
        for column in ("course_id", "trainer_id", "starts_at", "ends_at"):
            assert len({row[column] for row in rows}) == 1


def test_registers_show_every_kind_of_mark(march: Bundle) -> None:
    sessions = march.by_id("sessions")
    shapes = {
        (row["status"], bool(row["arrived_at"]), bool(row["left_at"]), bool(row["reason"]))
        for row in march["attendance"]
    }
    assert {
        ("PRESENT", False, False, False),
        ("PRESENT", True, False, False),
        ("PRESENT", False, True, True),
        ("LATE", True, False, False),
        ("LATE", False, False, False),
        ("EXCUSED", False, False, True),
        ("ABSENT", False, False, False),
    } <= shapes
    reasons = {row["reason"] for row in march["attendance"] if row["status"] == "EXCUSED"}
    assert {"Illness", "Work placement"} <= reasons
    after_ten = [
        row
        for row in march["attendance"]
        if row["status"] == "PRESENT"
        and row["arrived_at"]
        and datetime.fromisoformat(row["arrived_at"])
        > datetime.fromisoformat(sessions[row["session_id"]]["starts_at"]) + timedelta(minutes=10)
    ]
    assert after_ten != []
    assert any(row["arrived_at"][17:19] != "00" for row in march["attendance"] if row["arrived_at"])


def test_some_registers_leave_trainees_unmarked(march: Bundle) -> None:
    """Against the largest register of that group and course in the same week: somebody is missing."""
    sessions = march.by_id("sessions")
    sizes: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for session_id, marks in march.marks_of().items():
        session = sessions[session_id]
        if session["status"] != "CANCELLED" and session["starts_at"][:7] == "2025-11":
            sizes[session["class_group_id"], session["course_id"], session["starts_at"][:7]].add(len(marks))
    assert max(max(found) - min(found) for found in sizes.values()) in (1, 2, 3)


def test_trainees_join_leave_move_return_and_take_single_courses(march: Bundle) -> None:
    of_trainee: dict[str, list[Row]] = defaultdict(list)
    for row in march["enrolments"]:
        of_trainee[row["trainee_id"]].append(row)
    fates: set[str] = set()
    for rows in of_trainee.values():
        whole = sorted((row for row in rows if not row["course_id"]), key=lambda row: row["starts_on"])
        groups = [row["class_group_id"] for row in whole]
        if len(whole) < len(rows):
            fates.add("single course")
        if len(whole) == 2:
            fates.add("returned" if groups[0] == groups[1] else "moved")
        elif whole[0]["starts_on"] != "2025-09-01":
            fates.add("joined late")
        elif "2025-09-01" < whole[0]["ends_on"] <= str(MARCH):
            fates.add("left")
        else:
            fates.add("all year")
    assert fates == {"single course", "returned", "moved", "joined late", "left", "all year"}


def test_trainers_teach_elsewhere_are_covered_and_start_late(march: Bundle) -> None:
    home = {row["id"]: row["department_id"] for row in march["trainers"]}
    programme = {row["id"]: row["programme_id"] for row in march["class_groups"]}
    department = {row["id"]: row["department_id"] for row in march["programmes"]}
    elsewhere, delays = set(), defaultdict(list)
    of_class: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in march["sessions"]:
        of_class[row["class_group_id"], row["course_id"]].add(row["trainer_id"])
        if department[programme[row["class_group_id"]]] != home[row["trainer_id"]]:
            elsewhere.add(row["trainer_id"])
        if row["actual_starts_at"]:
            starts, actual = (datetime.fromisoformat(row[column]) for column in ("starts_at", "actual_starts_at"))
            delays[row["trainer_id"]].append((actual - starts).total_seconds() / 60)
    head = next(row for row in march["users"] if row["role"] == "DEPARTMENT_HEAD")
    assert home[head["trainer_id"]] == head["department_id"]
    assert head["trainer_id"] in elsewhere
    assert max(len(trainers) for trainers in of_class.values()) > 1
    habits = {trainer: mean(minutes) for trainer, minutes in delays.items()}
    late = {trainer for trainer, minutes in habits.items() if minutes > 5}
    assert late == {row["id"] for n, row in enumerate(march["trainers"][:21]) if n % 8 == 2} | {"HI-L003"}


def test_assessments_leave_cells_open(march: Bundle) -> None:
    rows = march["assessments"]
    for column in ("class_group_id", "trainer_id", "held_on", "max_score", "pass_score"):
        assert {bool(row[column]) for row in rows} == {True, False}, column
    held = {row["id"]: row["held_on"] for row in rows}
    assert max(row["held_on"] for row in rows) > str(MARCH)
    assert max(held[row["assessment_id"]] for row in march["results"]) <= str(MARCH)
    assert {bool(row["score"]) for row in march["results"]} == {True, False}


def test_results_go_with_attendance(written: Callable[[date], Bundle]) -> None:
    bundle = written(AUGUST)
    came: dict[str, list[int]] = defaultdict(list)
    for mark in bundle["attendance"]:
        came[mark["trainee_id"]].append(mark["status"] in ("PRESENT", "LATE"))
    maximum = {row["id"]: float(row["max_score"] or 0) for row in bundle["assessments"]}
    shares: dict[str, list[float]] = defaultdict(list)
    for row in bundle["results"]:
        if row["score"] and maximum[row["assessment_id"]]:
            shares[row["trainee_id"]].append(float(row["score"]) / maximum[row["assessment_id"]])
    trainees = sorted(shares)
    rates = [mean(came[trainee]) for trainee in trainees]
    assert correlation(rates, [mean(shares[trainee]) for trainee in trainees]) > 0.4
    assert min(rates) < 0.7
    assert max(rates) > 0.97


def test_attendance_follows_the_week_and_the_season(written: Callable[[date], Bundle]) -> None:
    bundle = written(AUGUST)
    sessions = bundle.by_id("sessions")
    came: dict[str, list[int]] = defaultdict(list)
    for mark in bundle["attendance"]:
        starts = datetime.fromisoformat(sessions[mark["session_id"]]["starts_at"])
        attended = mark["status"] in ("PRESENT", "LATE")
        came["Friday" if starts.weekday() == 4 else "other days"].append(attended)
        came[f"{starts:%B}"].append(attended)
    assert mean(came["Friday"]) < mean(came["other days"])
    assert mean(came["January"]) < mean(came["September"])


def test_names_come_in_several_scripts_and_quoted_cells_survive(march: Bundle) -> None:
    names = "".join(row["name"] for row in march["trainees"])
    ranges = {
        "Latin with marks": ("À", "ž"),
        "Greek": ("Α", "ω"),
        "Han": ("一", "龥"),
        "Arabic": ("ء", "ي"),
        "Hangul": ("가", "힣"),
    }
    found = {script for script, (low, high) in ranges.items() if any(low <= letter <= high for letter in names)}
    assert found == set(ranges)
    courses = {row["name"] for row in march["courses"]}
    assert {"Health, Safety and Hygiene", 'Production: "Page to Stage"'} <= courses


def test_a_finished_year_has_nothing_scheduled(written: Callable[[date], Bundle]) -> None:
    bundle = written(AUGUST)
    assert max(row["starts_at"] for row in bundle["sessions"]).startswith("2026-06-30")
    assert {row["held_on"] for row in bundle["assessments"] if row["held_on"] > str(AUGUST)} == set()
