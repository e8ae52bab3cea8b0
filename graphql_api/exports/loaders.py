"""What fields about exports load together."""

from graphql_api.core.context import Context
from graphql_api.core.loaders import by_ids, loader
from models import Export
from resolvers.exports.exports import exports_by_ids
from resolvers.exports.exports import exports_of_reports as newest_exports


@loader
async def exports_of_reports(context: Context, report_ids: list[int]) -> dict[int, list[Export]]:
    """The exports of reports that the viewer may know of, by the ids of the reports."""
    async with context.database.read() as session:
        return await newest_exports(session, context.viewer, report_ids)


exports = by_ids(exports_by_ids)
