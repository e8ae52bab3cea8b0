"""Documents of the reports of a school whose figures were worked out by hand."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from exporters import Document, Words
from exporters.reports.documents import document_of
from models import BaseReport, Role
from models.database import Database
from resolvers.access.viewers import Viewer
from resolvers.reports.reading import contents_of
from tests.support.factories import subject_ids
from tests.support.reported_school import Subject, reported
from tests.support.school import Ids, K, viewers

__all__ = ["reported"]

Make = Callable[..., Awaitable[Document]]


def readers(ids: Ids) -> dict[str, Viewer]:
    """Those of school.py, and a trainer who is a trainee too."""
    both = Viewer(
        user_id=0,
        email=None,
        name="",
        role=Role.TRAINER,
        trainer_id=ids[K.TRAINER, "t"],
        trainee_id=ids[K.TRAINEE, "ann"],
    )
    return {**viewers(ids), "tara and ann": both}


@pytest.fixture
async def make(reported: Database) -> Make:
    """The document of the report of a subject, as one of the readers gets it."""

    async def make(
        subject: Subject, reader: str = "principal", *, locale: str = "en", guarded: bool = True
    ) -> Document:
        async with reported.read() as session:
            ids = await subject_ids(session)
            report = (await session.scalars(select(BaseReport).where(BaseReport.subject_id == ids[subject]))).one()
            contents = await contents_of(session, readers(ids)[reader], [report], guarded=guarded)
        return document_of(
            contents[report.id],
            words=Words(locale),
            time_zone="Europe/London",
            school_name="School",
            generated_by="Admin",
        )

    return make
