"""A small valid bundle as text, and ways to change it, import it and look at what is stored."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models import Base
from models.database import Database
from resolvers.bundle import BundleError, Imported, import_bundle

Files = dict[str, str]
"""File name without .csv → its text."""

NO_DATE = "is not a date such as 2026-03-01"
"""What is said of a cell that is none."""

VALID: Files = {
    "schools": "id,name,timezone,locale\nA,Ashby,Europe/London,en-GB\nB,Bryn,America/New_York,\n",
    "departments": "id,school_id,name\nDA,A,Arts\nDB,B,Bricks\nDC,A,Crafts\n",
    "programmes": "id,department_id,name\nPA,DA,Painting\nPB,DB,Building\nPC,DC,Carving\n",
    "class_groups": "id,programme_id,name\nGA,PA,Group A\nGB,PB,Group B\nGA2,PA,Group A2\n",
    "courses": "id,programme_id,code,name\nCA,PA,C-1,Colour\nCB,PB,,Bricklaying\nCA2,PA,,Canvas\n",
    "trainers": "id,department_id,name,email\nTA,DA,Ada,ada@a.example\nTB,DB,Bob,\n",
    "trainees": "id,name,email,school_id\nS1,Zoë,zoe@a.example,A\nS2,Émile,,\nS3,Bea,,B\n",
    "enrolments": (
        "trainee_id,class_group_id,course_id,starts_on,ends_on\n"
        "S1,GA,,2026-01-05,2026-06-30\nS2,GA,,2026-01-05,\nS3,GB,CB,,\n"
    ),
    "terms": "id,school_id,name,starts_on,ends_on\nA-1,A,Spring,2026-01-05,2026-03-27\n",
    "holidays": "school_id,on,name\nA,2026-02-16,Half term\n",
    "sessions": (
        "id,course_id,class_group_id,trainer_id,starts_at,ends_at,status,actual_starts_at,actual_ends_at,joint_id\n"
        "X1,CA,GA,TA,2026-01-12T09:00:00+00:00,2026-01-12T10:00:00Z,HELD,2026-01-12T09:05:00+00:00,,\n"
        "X2,CA,GA,TA,2026-01-13T09:00:00+00:00,2026-01-13T10:00:00+00:00,SCHEDULED,,,\n"
        "X3,CB,GB,,2026-01-12T23:00:00-05:00,2026-01-13T00:30:00-05:00,HELD,,,J1\n"
    ),
    "attendance": (
        "session_id,trainee_id,status,arrived_at,left_at,reason\n"
        "X1,S1,LATE,2026-01-12T09:10:00+00:00,2026-01-12T09:50:00+00:00,\nX1,S2,ABSENT,,,ill\nX3,S3,PRESENT,,,\n"
    ),
    "assessments": (
        "id,course_id,class_group_id,trainer_id,name,kind,held_on,max_score,pass_score\n"
        "E1,CA,GA,TA,Exam,EXAM,2026-03-20,40,20\nE2,CB,,,Essay,,,,\n"
    ),
    "results": "assessment_id,trainee_id,score\nE1,S1,31.5\nE1,S2,12\nE2,S3,\n",
    "users": (
        "id,email,name,role,school_id,department_id,programme_id,trainer_id,trainee_id\n"
        "U1,Admin@example.org,Admin,ADMIN,,,,,\nU2,head@a.example,Head,DEPARTMENT_HEAD,,DA,,,\n"
        "U3,zoe@a.example,Zoë,TRAINEE,A,,,,S1\n"
    ),
    "policies": "school_id,late_weight,excused_counts,late_after_minutes\nA,0.5,No,10\n",
}

TABLES = sorted(Base.metadata.tables)


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes the files as they are given into a folder made for them."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return folder


class Case:
    """A database and a place for bundles."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self._made = 0

    def bundle(self, files: Mapping[str, str | bytes]) -> Path:
        """A folder of these files."""
        self._made += 1
        return write_files(self.folder / f"bundle{self._made}", files)

    async def take(self, files: Mapping[str, str | bytes] | Path) -> Imported:
        """Imports and commits."""
        path = files if isinstance(files, Path) else self.bundle(files)
        async with self.database.write() as session:
            return await import_bundle(session, path)

    async def refuse(self, files: Mapping[str, str | bytes] | Path) -> list[str]:
        """The problems the bundle is refused for; nothing in the database may have changed by it."""
        before = await self.everything()
        path = files if isinstance(files, Path) else self.bundle(files)
        with pytest.raises(BundleError) as refusal:
            async with self.database.write() as session:
                await import_bundle(session, path)
        assert await self.everything() == before
        problems = [str(problem) for problem in refusal.value.problems]
        assert str(refusal.value).splitlines()[: len(problems)] == problems
        return problems

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        async with self.database.read() as session:
            return [tuple(row) for row in await session.execute(text(query))]

    async def everything(self) -> dict[str, list[str]]:
        """Every row of every table, as text."""
        return {
            table: [row for (row,) in await self.rows(f"select t::text from {table} t order by 1")] for table in TABLES
        }


def edited(file: str, old: str, new: str, **more: str) -> Files:
    """The valid bundle with one thing changed in one file, and other files replaced."""
    assert VALID[file].count(old) == 1, f"{old!r} is not in {file} once"
    return VALID | {file: VALID[file].replace(old, new)} | more


def added(file: str, *rows: str) -> Files:
    """The valid bundle with rows added to a file."""
    return VALID | {file: VALID[file] + "".join(f"{row}\n" for row in rows)}
