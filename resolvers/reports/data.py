"""What a stored report holds besides its metrics: the parts only some kinds have, built for many subjects at once.

`data` is `{"version": 1, <section>: …}`: ids and numbers, never names (reading.py adds those). The sections are those
of sections/, each with one statement or two for all subjects of a batch.
"""

from typing import Any, Final

from resolvers.reports.sections.registry import SECTIONS
from resolvers.reports.sections.section import Batch

VERSION: Final = 1


async def build_data(batch: Batch) -> dict[int, dict[str, Any]]:
    """The `data` of each subject of the batch."""
    data: dict[int, dict[str, Any]] = {subject_id: {"version": VERSION} for subject_id in batch.subject_ids}
    for section in SECTIONS:
        if batch.kind in section.kinds:
            built = await section.build(batch)
            for subject_id in batch.subject_ids:
                data[subject_id][section.name] = built.get(subject_id) or section.empty()
    return data
