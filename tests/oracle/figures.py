"""The two tables of design.md §4: figures of one subject and period from the facts that belong to it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from tests.oracle.facts import CountedMark, CountedResult, Policy, Session, minutes

Exact = Fraction | int | None
"""Every figure stays exact until it is handed out."""


def ratio(numerator: Fraction | int, denominator: Fraction | int) -> Fraction | None:
    """“ratios of nothing null”"""
    return Fraction(numerator) / Fraction(denominator) if denominator else None


def is_expected(mark: CountedMark, policy: Policy) -> bool:
    """“expected = marked, less excused when the policy leaves EXCUSED out”"""
    return mark.status != "EXCUSED" or policy.excused_counts


def is_attended(mark: CountedMark) -> bool:
    return mark.status in ("PRESENT", "LATE")


def attendance_rate(marks: Iterable[CountedMark], policy: Policy) -> Fraction | None:
    """“(Σ weight(status) over expected marks) / expected”"""
    weights = [policy.weights[mark.status] for mark in marks if is_expected(mark, policy)]
    return ratio(sum(weights, Fraction(0)), len(weights))


def minutes_late(mark: CountedMark) -> Fraction | None:
    """“minutes late = max(0, arrived_at − timetabled start) with seconds, LATE only”; None without an arrival time."""
    if mark.status != "LATE" or mark.arrived is None:
        return None
    return minutes(mark.arrived - mark.session.starts)


def minutes_attended(mark: CountedMark) -> Fraction:
    """“overlap of [arrived_at or start, left_at or end] with the session”"""
    came = max(mark.arrived or mark.session.began, mark.session.began)
    went = min(mark.left or mark.session.ended, mark.session.ended)
    return minutes(went - came)


def session_minutes(session: Session) -> Fraction:
    """“actual length of HELD sessions (timetabled where unknown)”"""
    return minutes(session.ended - session.began)


def lengths(kind: str, held: Iterable[Session]) -> list[Fraction]:
    """“for a trainer and a course, sessions of one joint_id count once, as long as the longest HELD one”"""
    single: list[Fraction] = []
    joint: dict[str, Fraction] = {}
    for session in held:
        if session.joint and kind in ("TRAINER", "COURSE"):
            joint[session.joint] = max(joint.get(session.joint, Fraction(0)), session_minutes(session))
        else:
            single.append(session_minutes(session))
    return single + list(joint.values())


def longest_absence_streak(marks: Iterable[CountedMark]) -> int:
    """“most ABSENT in a row within the period, over all courses by (starts_at, session id); EXCUSED and unmarked are
    skipped”"""
    longest = current = 0
    for mark in sorted(marks, key=lambda mark: (mark.session.starts, mark.session.id)):
        if mark.status != "EXCUSED":
            current = current + 1 if mark.status == "ABSENT" else 0
            longest = max(longest, current)
    return longest


def by_trainee(marks: Iterable[CountedMark]) -> dict[str, list[CountedMark]]:
    found: dict[str, list[CountedMark]] = defaultdict(list)
    for mark in marks:
        found[mark.trainee].append(mark)
    return found


def of_marks(marks: Sequence[CountedMark], policy: Policy) -> dict[str, Exact]:
    count = Counter(mark.status for mark in marks)
    expected = sum(is_expected(mark, policy) for mark in marks)
    attended = count["PRESENT"] + count["LATE"]
    late = [length for mark in marks if (length := minutes_late(mark)) is not None]
    return {
        "expected": expected,
        "marked": len(marks),
        "present": count["PRESENT"],
        "late": count["LATE"],
        "excused": count["EXCUSED"],
        "absent": count["ABSENT"],
        "attendanceRate": attendance_rate(marks, policy),
        "absenceRate": ratio(count["ABSENT"], expected),
        "excusedRate": ratio(count["EXCUSED"], len(marks)),
        "lateRate": ratio(count["LATE"], attended),
        "punctualityRate": ratio(count["PRESENT"], attended),
        "averageMinutesLate": ratio(sum(late, Fraction(0)), len(late)),
        "averageAttendedMinutes": ratio(
            sum((minutes_attended(mark) for mark in marks if is_attended(mark)), Fraction(0)), attended
        ),
    }


def of_sessions(sessions: Sequence[Session], today: date) -> dict[str, Exact]:
    """“HELD · all · CANCELLED · SCHEDULED on days before today”; deliveryRate is “held / (held + cancelled)”."""
    count = Counter(session.state for session in sessions)
    return {
        "sessionCount": count["HELD"],
        "sessionsScheduled": len(sessions),
        "sessionsCancelled": count["CANCELLED"],
        "sessionsUnrecorded": sum(session.state == "SCHEDULED" and session.day < today for session in sessions),
        "deliveryRate": ratio(count["HELD"], count["HELD"] + count["CANCELLED"]),
    }


def of_lengths(kind: str, held: Sequence[Session], marks: Sequence[CountedMark]) -> dict[str, Exact]:
    """“mean actual length of HELD sessions · their sum in hours”; “For a trainee: of sessions attended”."""
    if kind == "TRAINEE":
        held = [mark.session for mark in marks if is_attended(mark)]
    found = lengths(kind, held)
    total = sum(found, Fraction(0))
    return {"averageSessionMinutes": ratio(total, len(found)), "contactHours": total / 60}


def of_registers(
    held: Sequence[Session], places: Sequence[tuple[Session, str]], marks: Sequence[CountedMark]
) -> dict[str, Exact]:
    """“unmarked = enrolled trainees of HELD sessions without a mark” · “HELD sessions in which nobody enrolled is
    unmarked (nobody enrolled: complete) / HELD sessions; for a trainee: their own mark”, as a trainee's only places are
    their own."""
    marked = {(mark.session.id, mark.trainee) for mark in marks}
    unmarked = [session.id for session, trainee in places if (session.id, trainee) not in marked]
    return {"unmarked": len(unmarked), "registerCompleteness": ratio(len(held) - len(set(unmarked)), len(held))}


def of_results(results: Sequence[CountedResult]) -> dict[str, Exact]:
    """“Σ score / Σ max_score (results without a maximum left out) · results ≥ pass_score / results with one ·
    results”"""
    of_maximum = [(result.score, result.maximum) for result in results if result.maximum is not None]
    passed = [result.score >= result.pass_score for result in results if result.pass_score is not None]
    return {
        "averageScore": ratio(
            sum((score for score, _ in of_maximum), Fraction(0)),
            sum((maximum for _, maximum in of_maximum), Fraction(0)),
        ),
        "passRate": ratio(sum(passed), len(passed)),
        "resultCount": len(results),
    }


def of_bands(marks: Iterable[CountedMark], policy: Policy) -> dict[str, Exact]:
    """“trainees with (absent + excused) / marked ≥ chronic_threshold, of those with marked ≥ chronic_min_expected” ·
    “trainees with the same minimum whose attendanceRate is < watch_below and ≥ at_risk_below · < at_risk_below”"""
    chronic = watch = at_risk = 0
    enough = [own for own in by_trainee(marks).values() if len(own) >= policy.chronic_minimum]
    for own in enough:
        away = sum(mark.status in ("ABSENT", "EXCUSED") for mark in own)
        chronic += Fraction(away, len(own)) >= policy.chronic_threshold
        rate = attendance_rate(own, policy)
        if rate is not None:
            watch += policy.at_risk_below <= rate < policy.watch_below
            at_risk += rate < policy.at_risk_below
    return {"chronicAbsenceRate": ratio(chronic, len(enough)), "watchCount": watch, "atRiskCount": at_risk}


def of_days(held: Iterable[Session], marks: Sequence[CountedMark], policy: Policy) -> dict[str, Exact]:
    """“attended trainee-days / possible trainee-days; possible with ≥ 1 expected mark that day, attended with ≥ 1
    PRESENT or LATE” · “attended trainee-days / days with a HELD session”"""
    possible = {(mark.trainee, mark.session.day) for mark in marks if is_expected(mark, policy)}
    attended = {(mark.trainee, mark.session.day) for mark in marks if is_attended(mark)}
    return {
        "dailyAttendanceRate": ratio(len(attended), len(possible)),
        "averageDailyAttendance": ratio(len(attended), len({session.day for session in held})),
    }
