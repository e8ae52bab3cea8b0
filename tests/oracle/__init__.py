"""A second opinion on every number: the metrics of design.md §4 in plain Python, straight from the rows of a bundle.

It shares no code with the product. Quotations are the design's own words. Slow and plain on purpose: loops over rows,
one small function a rule, everything exact (`Fraction`) until the end. `facts` says what counts, `figures` are the two
tables of metrics, and `Oracle`, here, knows which facts belong to a subject.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.oracle.facts import (
    CountedMark,
    CountedResult,
    Enrolment,
    Policy,
    Session,
    covers,
    day,
    effective_status,
    moment,
    number,
    policy_of,
    state_of,
    touches,
)
from tests.oracle.figures import (
    Exact,
    longest_absence_streak,
    of_bands,
    of_days,
    of_lengths,
    of_marks,
    of_registers,
    of_results,
    of_sessions,
)
from tests.support.bundles import Bundle as Bundle

Value = float | int | None

FILES = {
    "SCHOOL": "schools",
    "DEPARTMENT": "departments",
    "PROGRAMME": "programmes",
    "CLASS_GROUP": "class_groups",
    "COURSE": "courses",
    "TRAINER": "trainers",
    "TRAINEE": "trainees",
}
"""The seven kinds of subject and the files that list them."""


class Oracle:
    """Every metric of every subject of one bundle, as seen at `now` (which must carry a zone)."""

    def __init__(self, bundle: Bundle, now: datetime) -> None:
        self.now = now
        self.rows = {kind: {row["id"]: row for row in bundle.get(file, [])} for kind, file in FILES.items()}
        self.policies = {row["school_id"]: policy_of(row) for row in bundle.get("policies", [])}
        self.attendance: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for row in bundle.get("attendance", []):
            self.attendance[row["session_id"]][row["trainee_id"]] = row
        self.enrolments = [
            Enrolment(
                row["trainee_id"],
                row["class_group_id"],
                row.get("course_id", ""),
                day(row.get("starts_on", "")),
                day(row.get("ends_on", "")),
            )
            for row in bundle.get("enrolments", [])
        ]
        self.sessions = [self.session(row) for row in bundle.get("sessions", [])]
        self.enrolled = {
            session.id: {enrolment.trainee for enrolment in self.enrolments if covers(enrolment, session)}
            for session in self.sessions
        }  # A set: “overlaps count once.”
        assessments = {row["id"]: row for row in bundle.get("assessments", [])}
        self.results = [
            result
            for row in bundle.get("results", [])
            if (result := self.result(assessments[row["assessment_id"]], row)) is not None
        ]

    def metrics(self, kind: str, source_id: str, first: date, last: date) -> dict[str, Value]:
        """Every metric of one subject over the days from first to last, both included."""
        school = self.school_of(kind, source_id)
        policy = self.policy(school)
        sessions = self.sessions_of(kind, source_id, first, last)
        held = [session for session in sessions if session.state == "HELD"]
        places = self.places_of(kind, source_id, held)
        marks = [mark for place in places if (mark := self.counted_mark(*place, policy)) is not None]
        results = [
            result for result in self.results if result.keys.get(kind) == source_id and first <= result.on <= last
        ]
        exact: dict[str, Exact] = {
            **of_marks(marks, policy),
            **of_registers(held, places, marks),
            **of_sessions(sessions, self.today(school)),
            **of_lengths(kind, held, marks),
            **of_results(results),
            "traineeCount": self.trainee_count(kind, source_id, sessions, first, last),
            **of_bands(marks, policy),
            **of_days(held, marks, policy),
            "longestAbsenceStreak": longest_absence_streak(marks) if kind == "TRAINEE" else None,
        }
        return {name: float(value) if isinstance(value, Fraction) else value for name, value in exact.items()}

    def subjects(self) -> list[tuple[str, str]]:
        """(kind, id) of every subject of the bundle."""
        return [(kind, source_id) for kind, rows in self.rows.items() for source_id in rows]

    # ---- keys

    def group_keys(self, group: str) -> dict[str, str]:
        """“Programme, department and school of a fact are those of its class group today”"""
        return {"CLASS_GROUP": group, **self.programme_keys(self.rows["CLASS_GROUP"][group]["programme_id"])}

    def programme_keys(self, programme: str) -> dict[str, str]:
        department = self.rows["PROGRAMME"][programme]["department_id"]
        school = self.rows["DEPARTMENT"][department]["school_id"]
        return {"PROGRAMME": programme, "DEPARTMENT": department, "SCHOOL": school}

    def school_of(self, kind: str, source_id: str) -> str:
        """The school of a subject."""
        row = self.rows[kind][source_id]
        if kind == "SCHOOL":
            return source_id
        if kind == "TRAINEE":  # “empty: that of the first enrolment”
            groups = [enrolment.group for enrolment in self.enrolments if enrolment.trainee == source_id]
            return row.get("school_id") or self.group_keys(groups[0])["SCHOOL"]
        if kind in ("DEPARTMENT", "TRAINER"):
            return self.rows["DEPARTMENT"][source_id if kind == "DEPARTMENT" else row["department_id"]]["school_id"]
        return self.programme_keys(source_id if kind == "PROGRAMME" else row["programme_id"])["SCHOOL"]

    def policy(self, school: str) -> Policy:
        return self.policies.get(school) or policy_of({})

    def zone(self, school: str) -> ZoneInfo:
        return ZoneInfo(self.rows["SCHOOL"][school]["timezone"])

    def today(self, school: str) -> date:
        """“Today is the day in the zone of the subject's school.”"""
        return self.now.astimezone(self.zone(school)).date()

    # ---- facts

    def session(self, row: dict[str, str]) -> Session:
        starts, ends = datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["ends_at"])
        zone = self.zone(self.group_keys(row["class_group_id"])["SCHOOL"])
        return Session(
            id=row["id"],
            course=row["course_id"],
            group=row["class_group_id"],
            trainer=row.get("trainer_id", ""),
            starts=starts,
            began=moment(row.get("actual_starts_at", "")) or starts,
            ended=moment(row.get("actual_ends_at", "")) or ends,
            joint=row.get("joint_id", ""),
            state=state_of(row.get("status", ""), has_mark=bool(self.attendance.get(row["id"]))),
            day=starts.astimezone(zone).date(),  # “the local date of its timetabled start”
        )

    def sessions_of(self, kind: str, source_id: str, first: date, last: date) -> list[Session]:
        """Those of the subject in the period. “A trainee's sessions are those they were enrolled for that day, marked
        or not.”"""
        in_period = [session for session in self.sessions if first <= session.day <= last]
        if kind == "TRAINEE":
            return [session for session in in_period if source_id in self.enrolled[session.id]]
        return [session for session in in_period if self.session_keys(session)[kind] == source_id]

    def session_keys(self, session: Session) -> dict[str, str]:
        return {"COURSE": session.course, "TRAINER": session.trainer, **self.group_keys(session.group)}

    def places_of(self, kind: str, source_id: str, held: Iterable[Session]) -> list[tuple[Session, str]]:
        """Every (HELD session, trainee enrolled for it that day) of the subject: what is marked or unmarked."""
        return [
            (session, trainee)
            for session in held
            for trainee in self.enrolled[session.id]
            if kind != "TRAINEE" or trainee == source_id
        ]

    def counted_mark(self, session: Session, trainee: str, policy: Policy) -> CountedMark | None:
        """“A counted mark is a recorded mark of a HELD session whose trainee was enrolled for it that day”; None where
        the trainee is unmarked."""
        row = self.attendance.get(session.id, {}).get(trainee)
        if row is None:
            return None
        arrived, left = moment(row.get("arrived_at", "")), moment(row.get("left_at", ""))
        return CountedMark(
            session, trainee, effective_status(row["status"], arrived, session.starts, policy), arrived, left
        )

    def result(self, assessment: dict[str, str], row: dict[str, str]) -> CountedResult | None:
        """“A result counts on `held_on` whatever the enrolment”; “no `held_on` or no score: not counted”."""
        on, score = day(assessment.get("held_on", "")), number(row.get("score", ""))
        if on is None or score is None:
            return None
        return CountedResult(
            trainee=row["trainee_id"],
            on=on,
            score=score,
            maximum=number(assessment.get("max_score", "")),
            pass_score=number(assessment.get("pass_score", "")),
            keys={
                "TRAINEE": row["trainee_id"],
                "COURSE": assessment["course_id"],
                **self.result_keys(assessment, row["trainee_id"], on),
            },
        )

    def result_keys(self, assessment: dict[str, str], trainee: str, on: date) -> dict[str, str]:
        """“none: no group (and no trainer but the one the assessment names), and the course's programme, department and
        school; its trainer is the assessment's, else …”"""
        course = assessment["course_id"]
        group = assessment.get("class_group_id") or self.result_group(trainee, course, on)
        trainer = assessment.get("trainer_id") or (self.result_trainer(group, course, on) if group else None)
        keys = self.group_keys(group) if group else self.programme_keys(self.rows["COURSE"][course]["programme_id"])
        return {"TRAINER": trainer, **keys} if trainer else keys

    def result_group(self, trainee: str, course: str, on: date) -> str | None:
        """“of the trainee's enrolments begun by then and covering the course, the group that had a HELD session of it
        by then (latest starts_on first, empty earliest, then lowest id)”"""
        candidates = [
            enrolment
            for enrolment in self.enrolments
            if enrolment.trainee == trainee
            and (enrolment.first is None or enrolment.first <= on)
            and enrolment.course in ("", course)
            and self.held_by(enrolment.group, course, on)
        ]
        candidates.sort(key=lambda found: found.group)
        candidates.sort(key=lambda found: found.first.toordinal() if found.first else -1, reverse=True)  # stable
        return candidates[0].group if candidates else None

    def result_trainer(self, group: str, course: str, on: date) -> str | None:
        """“the one with most HELD sessions of that group and course up to then, lowest id by code point on a tie”"""
        taught = Counter(session.trainer for session in self.held_by(group, course, on) if session.trainer)
        return min(taught, key=lambda trainer: (-taught[trainer], trainer)) if taught else None

    def held_by(self, group: str, course: str, on: date) -> list[Session]:
        """The HELD sessions of the group and course up to and including that day."""
        return [
            session
            for session in self.sessions
            if session.state == "HELD" and session.group == group and session.course == course and session.day <= on
        ]

    def trainee_count(self, kind: str, source_id: str, sessions: Iterable[Session], first: date, last: date) -> int:
        """“trainees enrolled on any day of the period; for a course or trainer: enrolled on the day of at least one of
        its non-cancelled sessions”"""
        if kind in ("COURSE", "TRAINER"):
            taught = [self.enrolled[session.id] for session in sessions if session.state != "CANCELLED"]
            return len(set[str]().union(*taught))
        return len(
            {
                enrolment.trainee
                for enrolment in self.enrolments
                if touches(enrolment, first, last)
                and {"TRAINEE": enrolment.trainee, **self.group_keys(enrolment.group)}[kind] == source_id
            }
        )
