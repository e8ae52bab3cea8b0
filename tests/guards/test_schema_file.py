"""What is committed of the API is what is published."""

import pytest

from graphql_api.cli.data.sdl import PUBLICATIONS, ROOT, Publication


@pytest.mark.parametrize("publication", PUBLICATIONS, ids=lambda publication: publication.file)
def test_published_files_are_up_to_date(publication: Publication) -> None:
    """After a change: `rollcall schema -o schema.graphql`, and so on; `rollcall schema --check` says which."""
    assert (ROOT / publication.file).read_text(encoding="utf-8") == publication.text()
