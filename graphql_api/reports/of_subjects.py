"""The field `reports` of every subject: it closes the one circle of the schema, a report having a subject too.

So it joins the types of subjects once those of reports exist.
"""

from typing import Any

import graphql_api.subjects.types  # noqa: F401 (fills TYPES)
from graphql_api.core.connections import Connection
from graphql_api.core.joining import join
from graphql_api.reports.queries import reports_field
from graphql_api.reports.types import Report
from graphql_api.subjects.interface import TYPES, Subject
from graphql_api.subjects.permissions import MayMeasure
from models import SubjectKind


def _on_the_interface() -> Any:
    field = reports_field()
    field.type = Connection[Report] | None  # null where a trainer's are not the viewer's to read
    return field


join(Subject, "reports", _on_the_interface())
for _kind, _type in TYPES.items():
    join(_type, "reports", reports_field(*([MayMeasure()] if _kind is SubjectKind.TRAINER else [])))
