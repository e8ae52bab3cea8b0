"""The parts of a report besides its metrics as plain JSON, as its reader may see them; the shape clients rely on.

version 1: every section the kind has, named and shaped as it is stored, but with subjects as `{kind, sourceId, name}`
(null where the reader may not see one) and figures instead of parts.
"""

from typing import Any

from resolvers.reports.content import ReportContent
from resolvers.reports.data import VERSION
from resolvers.reports.sections.registry import SECTIONS
from resolvers.subjects.look_ups import SubjectRow


def subject_json(row: SubjectRow | None) -> dict[str, str] | None:
    """A subject as JSON names it."""
    return None if row is None else {"kind": row.kind.value, "sourceId": row.source_id, "name": row.name}


def report_json(content: ReportContent) -> dict[str, Any]:
    """The content of a report as JSON."""
    parts = {section.name: (section, section.of(content)) for section in SECTIONS}
    shapes = {name: section.shape(part, subject_json) for name, (section, part) in parts.items() if part is not None}
    return {"version": VERSION, **shapes}
