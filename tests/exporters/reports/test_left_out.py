"""What a reader may not see is in no document of theirs, and each document says what it lacks."""

import json
import pickle
from dataclasses import asdict

import pytest

from exporters import Document
from tests.exporters.reports.conftest import Make
from tests.support.reported_school import Subject
from tests.support.school import K

ANN = "ann@school.example"
DOMAIN = b"school.example"
LEFT_OUT = (
    "The column “E-mail” is left out: addresses are read by ADMIN, PRINCIPAL, the heads and coordinators over them,"
    " and themselves."
)
OTHER_ROWS = "1 row of the breakdown is outside your access and is summed up as “Other”."


def keys(document: Document, table: str) -> list[str]:
    return [column.key for column in document.table(table).columns]


def everything(document: Document) -> bytes:
    """All that the document could ever show, twice over."""
    return pickle.dumps(document) + json.dumps(asdict(document), default=str).encode()


@pytest.mark.parametrize("reader", ["admin", "principal", "arts"])
async def test_who_is_over_the_trainees_reads_their_addresses(make: Make, reader: str) -> None:
    document = await make((K.CLASS_GROUP, "G"), reader)
    assert [(row[0], row[2]) for row in document.table("bands").rows] == [("ann", ANN), ("bob", None)]
    assert not any("E-mail" in note or "e-mail" in note for note in document.notes)


async def test_who_merely_teaches_them_does_not(make: Make) -> None:
    document = await make((K.CLASS_GROUP, "G"), "tara")
    assert keys(document, "bands")[:3] == ["traineeId", "trainee", "band"]
    assert [row[:3] for row in document.table("bands").rows] == [("ann", "Ann", "AT_RISK"), ("bob", "Bob", "WATCH")]
    assert document.notes == (OTHER_ROWS, LEFT_OUT)
    assert ANN.encode() not in everything(document)


async def test_some_addresses_are_empty_and_counted(make: Make) -> None:
    document = await make((K.CLASS_GROUP, "G"), "tara and ann")
    assert [(row[0], row[2]) for row in document.table("bands").rows] == [("ann", ANN), ("bob", None)]
    assert document.notes == (OTHER_ROWS, "1 e-mail address is outside your access and is left empty.")


@pytest.mark.parametrize(
    ("reader", "subject", "column"),
    [
        ("principal", (K.CLASS_GROUP, "H"), True),
        ("building", (K.COURSE, "C"), True),  # two are not listed at all
        ("tara", (K.CLASS_GROUP, "H"), False),
        ("tara and ann", (K.CLASS_GROUP, "H"), False),
    ],
)
async def test_an_empty_list_says_nothing_of_addresses(make: Make, reader: str, subject: Subject, column: bool) -> None:
    document = await make(subject, reader)
    assert document.table("bands").rows == ()
    assert ("email" in keys(document, "bands")) is column
    assert not any("E-mail" in note or "e-mail" in note for note in document.notes)


@pytest.mark.parametrize("reader", ["admin", "principal", "arts"])
async def test_without_an_account_nobody_reads_addresses(make: Make, reader: str) -> None:
    document = await make((K.CLASS_GROUP, "G"), reader, guarded=False)
    assert "email" not in keys(document, "bands")
    assert document.notes == (LEFT_OUT,)
    assert DOMAIN not in everything(document)


@pytest.mark.parametrize("subject", [(K.TRAINER, "t"), (K.TRAINEE, "ann"), (K.SCHOOL, "S")])
async def test_reports_that_list_nobody_hold_no_address(make: Make, subject: Subject) -> None:
    assert DOMAIN not in everything(await make(subject, "admin"))


async def test_a_trainees_own_record_is_without_courses_and_says_so(make: Make) -> None:
    document = await make((K.TRAINEE, "ann"), "ann")
    assert keys(document, "timeline") == ["day", "time", "status"]
    assert document.notes[-1] == (
        "The column “Course” of the sessions is left out: none of the courses is within your access."
    )
    whole = await make((K.TRAINEE, "ann"), "principal")
    assert keys(whole, "timeline") == ["day", "time", "course", "status"]
    assert [row[:2] + row[3:] for row in whole.table("timeline").rows] == list(document.table("timeline").rows)
    assert b"Colour" in everything(whole)
    assert b"Colour" not in everything(document)
