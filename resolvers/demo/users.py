"""One sign-in per role, chosen so that each has something to see."""

from resolvers.demo.college import College, Department, Programme, Trainee
from resolvers.demo.enrolments import Enrolment
from resolvers.demo.files import line
from resolvers.demo.timetable import Timetable, Trainer


def user_rows(college: College, timetable: Timetable, enrolments: list[Enrolment], *, all_roles: bool) -> list[str]:
    """The lines of users.csv of one school: every role, or its principal only.

    The head teaches class groups of another department as well, so that their scope is more than the department.
    """
    domain, school, name = college.plan.domain, college.id, college.plan.name
    principal = (f"principal@{domain}", college.plan.principal, "PRINCIPAL", school, "", "", "", "")
    if not all_roles:
        return [line(f"{school}-U1", *principal)]
    head, department = _head(timetable)
    programme = _coordinated(college, department)
    coordinator = f"Coordinator, {programme.name}"
    trainer = _class_trainer(timetable, head)
    trainee = _trainee(college, enrolments)
    users = (
        (f"admin@{domain}", f"Administrator, {name}", "ADMIN", "", "", "", "", ""),
        principal,
        (f"head@{domain}", head.name, "DEPARTMENT_HEAD", "", department.id, "", head.id, ""),
        (f"coordinator@{domain}", coordinator, "PROGRAMME_COORDINATOR", "", "", programme.id, "", ""),
        (f"trainer@{domain}", trainer.name, "TRAINER", "", "", "", trainer.id, ""),
        (f"trainee@{domain}", trainee.name, "TRAINEE", "", "", "", "", trainee.id),
        (f"service@{domain}", "Attendance system", "SERVICE", school, "", "", "", ""),
    )
    return [line(f"{school}-U{number}", *user) for number, user in enumerate(users, start=1)]


def _head(timetable: Timetable) -> tuple[Trainer, Department]:
    for taught in timetable.classes:
        home = taught.trainer.department
        if any(group.programme.department is not home for group in taught.groups):
            return taught.trainer, home
    first = timetable.trainers[0]
    return first, first.department


def _coordinated(college: College, other: Department) -> Programme:
    return next(programme for programme in college.programmes if programme.department is not other)


def _class_trainer(timetable: Timetable, head: Trainer) -> Trainer:
    """The busiest trainer who stands for nothing else."""
    return max(
        (trainer for trainer in timetable.trainers if trainer is not head),
        key=lambda trainer: (trainer.lessons, -trainer.number),
    )


def _trainee(college: College, enrolments: list[Enrolment]) -> Trainee:
    """Somebody with a whole year and a record worth a look: neither perfect nor lost."""
    spans: dict[int, int] = {}
    for enrolment in enrolments:
        spans[enrolment.trainee.number] = spans.get(enrolment.trainee.number, 0) + (2 if enrolment.course else 1)
    all_year = {
        enrolment.trainee.number
        for enrolment in enrolments
        if enrolment.starts_on.month == 9 and (enrolment.ends_on is None or enrolment.ends_on.month == 6)
    }
    candidates = [
        trainee for trainee in college.trainees if trainee.number in all_year and spans[trainee.number] == 1
    ] or list(college.trainees)
    return min(candidates, key=lambda trainee: (abs(trainee.absence - 0.12), trainee.number))
