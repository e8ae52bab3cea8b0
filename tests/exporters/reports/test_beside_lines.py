"""A trainee a hair below the line of the policy, from the marks to paper, workbook and mail: shown below it."""

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pypdf
from sqlalchemy import select

from exporters import open_writer
from jobs.deliveries.mail_reports import item_of
from jobs.exports.plan import FileRequest, plan_of, read_portion
from models import BaseReport
from models.database import Database
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import Period
from resolvers.reports.generation import generate
from resolvers.reports.reading import contents_of
from tests.support.bundles import Bundle, bundle_of
from tests.support.factories import begun_with
from tests.support.school import K
from tests.support.xlsx_files import number_format, stored

NOW: Final = datetime(2026, 4, 1, 7, tzinfo=UTC)
MARKS: Final = ("PRESENT",) * 7 + ("LATE", "ABSENT", "ABSENT")
RATE: Final = 0.79995
"""(7 + 0.9995) / 10, with the line at 0.80."""
SCHOOL: Final[Bundle] = {
    **bundle_of(
        schools="id,name,timezone\nS,School,Europe/London",
        departments="id,school_id,name\nD,S,Arts",
        programmes="id,department_id,name\nP,D,Painting",
        class_groups="id,programme_id,name\nG,P,Painters",
        courses="id,programme_id,code,name\nC,P,C-1,Colour",
        trainers="id,department_id,name,email\nt,D,Tara,",
        trainees="id,name,email\nann,Ann,",
        enrolments="trainee_id,class_group_id,course_id,starts_on,ends_on\nann,G,,2026-01-01,",
        policies="school_id,present_weight,late_weight,excused_weight,absent_weight\nS,1,0.9995,0,0",
    ),
    "sessions": [
        {
            "id": f"X{day}",
            "course_id": "C",
            "class_group_id": "G",
            "trainer_id": "t",
            "starts_at": f"2026-03-{day:02}T09:00:00Z",
            "ends_at": f"2026-03-{day:02}T10:00:00Z",
        }
        for day in range(1, 11)
    ],
    "attendance": [
        {"session_id": f"X{day}", "trainee_id": "ann", "status": status} for day, status in enumerate(MARKS, 1)
    ],
}


async def test_a_figure_below_a_line_is_shown_below_it(database: Database, tmp_path: Path) -> None:
    async with database.write() as session:
        ids = await begun_with(session, SCHOOL, tmp_path / "school")
    march = Period(date(2026, 3, 1), date(2026, 3, 31), "2026-03")
    trainee = [ids[K.TRAINEE, "ann"]]
    await database.in_snapshot(lambda session: generate(session, SYSTEM, trainee, march, now=NOW))
    files = {}
    async with database.read() as session:
        report = (await session.scalars(select(BaseReport))).one()
        assert report.attendance_rate == RATE
        for name in ("PDF", "XLSX"):
            plan = await plan_of(session, SYSTEM, FileRequest([report.id], name), NOW)
            files[name] = io.BytesIO()
            writer = open_writer(name, plan.cover, files[name])
            for document in (await read_portion(session, SYSTEM, plan, [report.id])).documents:
                writer.add(document)
            writer.close()
        mail = item_of((await contents_of(session, SYSTEM, [report]))[report.id], None)

    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(files["PDF"]).pages)
    assert re.search(r"Attendance\s+79\.99%\s+0\.799950", text)  # large
    assert re.search(r"Attendance\s+79\.99% \(0\.799950\)", text)  # among all figures
    assert re.findall(r"Attendance[^%]*?(80(?:\.0+)?%)", text) == []
    place = next(
        number for number, line in enumerate(stored(files["XLSX"], "Summary"), 1) if line and line[0] == "Attendance"
    )
    assert stored(files["XLSX"], "Summary")[place - 1][1] == repr(RATE)
    assert number_format(files["XLSX"], "Summary", f"B{place}") == "0.000%"
    assert dict(mail.figures)["Attendance"] == "79.9%"
