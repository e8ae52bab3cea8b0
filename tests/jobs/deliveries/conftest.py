from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.work.task import WorkContext
from tests.support.certificates import Certificates
from tests.support.mailbox import Mailbox, mailbox
from tests.support.office import Office, open_office
from tests.support.receiver import Receiver, receiving


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def office(context: WorkContext, box: Mailbox, tmp_path: Path) -> Office:
    """The school, its reports, and a worker whose mail goes to `box`."""
    return await open_office(context, tmp_path, box)
