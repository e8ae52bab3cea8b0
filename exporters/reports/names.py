"""What the file of an export is called."""

from collections.abc import Sequence

from exporters.file_names import file_name
from resolvers.reports.look_ups import ReportHead


def export_file_name(heads: Sequence[ReportHead], suffix: str) -> str:
    """The kind and the period the reports share, and of a single one its subject: `trainee-reports-2026-03.xlsx`."""
    kinds = {head.kind.lower() for head in heads}
    periods = {head.period_name or f"{head.period_from}_{head.period_to}" for head in heads}
    kind = [kinds.pop()] if len(kinds) == 1 else []
    what = heads[0].subject_name if len(heads) == 1 else "reports"
    period = [periods.pop()] if len(periods) == 1 else []
    return file_name("-".join([*kind, what, *period]), suffix)
