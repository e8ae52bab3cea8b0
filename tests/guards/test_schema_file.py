"""The committed schema is the schema."""

from pathlib import Path

from graphql_api.schema import build_schema

COMMITTED = Path(__file__).parents[2] / "schema.graphql"


def test_schema_file_is_up_to_date() -> None:
    """After a change: `rollcall schema -o schema.graphql`."""
    assert COMMITTED.read_text(encoding="utf-8") == build_schema().as_str().rstrip("\n") + "\n"
