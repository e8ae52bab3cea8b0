"""Asking for exports of many reports, and the reports they are of."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from graphql_api.core.ids import parse_id
from models import Export
from models.subject import sort_key
from resolvers.access.viewers import SYSTEM
from resolvers.calendar.periods import Period
from resolvers.reports.generation import generate
from tests.support.college import NOW
from tests.support.house import House

ASK = """mutation ($input: ExportRequestInput!) { exportRequest(input: $input) {
    export { id state format reportCount done matching limit notice fileName mediaType report { id }
        options { layout paper locale byteOrderMark separator table } }
    notice userErrors { field message code } } }"""


LIST = """query ($filter: ReportFilter, $orderBy: ReportOrder) {
    reports(first: 500, filter: $filter, orderBy: $orderBy) { nodes { id subject { id name } period { from } } } }"""


LOOK = "query ($id: ID!) { export(id: $id) { state reportCount done error notice downloadUrl } }"


async def generated(subjects: list[int], period: Period, session: AsyncSession) -> None:
    await generate(session, SYSTEM, subjects, period, now=NOW)


async def request(house: House, email: str, **given: Any) -> dict[str, Any]:
    """What exportRequest answers."""
    asked = {"format": "CSV", **given}
    answer: dict[str, Any] = (await house.ask(email, ASK, input=asked)).whole["exportRequest"]
    return answer


async def listed(house: House, email: str, **given: Any) -> list[str]:
    """The ids that `reports` gives, in its order; where none was asked for, in that of files: by name."""
    nodes = (await house.ask(email, LIST, **given)).whole["reports"]["nodes"]
    if "orderBy" not in given:
        nodes.sort(key=by_name)
    return [node["id"] for node in nodes]


def by_name(node: dict[str, Any]) -> tuple[str, int, str, int]:
    subject, report = (parse_id(given, "id")[1] for given in (node["subject"]["id"], node["id"]))
    return sort_key(node["subject"]["name"]), subject, node["period"]["from"], report


async def exports(house: House) -> list[Export]:
    async with house.database.read() as session:
        return list(await session.scalars(select(Export).order_by(Export.id)))
