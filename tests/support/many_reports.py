"""Files of many reports, read back: whose report each one holds."""

import io
import json
from collections.abc import Sequence
from typing import Any
from zipfile import ZipFile

import pypdf
import python_calamine
from sqlalchemy import select

from jobs.work.task import WorkContext
from models import Alert, User
from tests.support.exporting import Key, read_zip
from tests.support.school import K

PRINCIPAL, ARTS = "principal@school.example", "arts@school.example"
THREE: Sequence[Key] = ((K.COURSE, "C"), (K.TRAINEE, "ann"), (K.SCHOOL, "S"))
NAMES = ["Colour", "Ann", "School"]


def texts(format_name: str, content: bytes) -> str:
    """What a file says, on one line."""
    if format_name == "PDF":
        return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())
    if format_name == "XLSX":
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return " ".join(
            str(cell) for name in book.sheet_names for line in book.get_sheet_by_name(name).to_python() for cell in line
        )
    if format_name == "JSON":
        return content.decode()
    with ZipFile(io.BytesIO(content)) as files:
        return " ".join(files.read(name).decode() for name in files.namelist())


def subjects_of(format_name: str, content: bytes) -> list[str]:
    """The subjects of the reports in a file of all together, in order."""
    if format_name == "CSV":
        return [line["subject"] for line in read_zip(content)["reports"]]
    if format_name == "JSON":
        return [json.loads(line)["subject"]["name"] for line in content.decode().splitlines()]
    text = texts(format_name, content)
    return sorted((name for name in NAMES if name in text), key=NAMES.index)


async def told(work: WorkContext, email: str) -> list[tuple[str, dict[str, Any]]]:
    """The alerts of an account."""
    async with work.database.read() as session:
        found = await session.execute(
            select(Alert.kind, Alert.data).join(User, User.id == Alert.account_id).where(User.email == email)
        )
        return [(one.kind, one.data) for one in found]
