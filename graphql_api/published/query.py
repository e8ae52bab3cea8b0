"""The published query: the whole of one report in one operation, written from the schema (docs/report.graphql).

The JSON file of a report is what this query answers. It asks for every field of every type a report is made of, except
what LEFT_OUT names; of metrics only for those that the place can ever have, so that no file is full of nulls.
"""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    parse,
    print_ast,
)
from strawberry.types.field import StrawberryField

from graphql_api.reports.sections import CONTACTS, KEPT
from resolvers.reports.shapes import ALL_METRICS

REPORT: Final = "Report"
LEFT_OUT: Final[dict[str, str]] = {
    "Report.data": "the same parts, in the shape of before there were fields for them",
    "Report.exports": "files come and go; they are no part of what a report says",
    "Metrics.period": "said once, by what the metrics belong to",
    "Metrics.asOf": "said once, as the report's generatedAt",
}
# A report names subjects; what else there is to know of them is theirs to tell.
_SUBJECTS: Final = {
    "Subject": "fragment Subject on Subject { id name kind sourceId }",
    "Person": "fragment Person on Subject { id name kind sourceId ... on Trainee { email } }",
}
_HEADER: Final = """\
# The whole of one report: the JSON file of a report is exactly the `report` of its answer, and docs/report.schema.json
# describes it. A field the reader may not read, which is null and an error here, is left out of the file.
# Written from the schema by `rollcall schema --query`.
"""


def report_document(schema: GraphQLSchema) -> str:
    """The query as text; the id of a report is its variable `id`."""
    return _Document(schema).text()


class _Document:
    """The fragments found so far, by name, in the order in which they are first needed."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.subject = schema.get_type("Subject")
        self.fragments: dict[str, str] = {}
        self.metrics: dict[tuple[str, ...], str] = {}

    def text(self) -> str:
        report = self.schema.get_type(REPORT)
        assert isinstance(report, GraphQLInterfaceType)
        shared = self.selection(report.name, report.fields)
        for type_ in self.schema.get_possible_types(report):
            own = {name: field for name, field in type_.fields.items() if name not in report.fields}
            shared += f" ... on {type_.name} {{ {self.selection(type_.name, own)} }}"
        query = f"query Report($id: ID!) {{ report(id: $id) {{ {shared} }} }}"
        return _HEADER + print_ast(parse(" ".join((query, *self.fragments.values())))) + "\n"

    def selection(self, owner: str, fields: Mapping[str, GraphQLField]) -> str:
        return " ".join(
            f"{name} {self.below(owner, field)}" for name, field in fields.items() if f"{owner}.{name}" not in LEFT_OUT
        )

    def below(self, owner: str, field: GraphQLField) -> str:
        """What is selected of the objects that a field gives; nothing of a leaf."""
        type_ = get_named_type(field.type)
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        metadata = _metadata(field)
        if self.subject in (type_, *type_.interfaces):
            name = "Person" if CONTACTS in metadata else "Subject"
            self.fragments.setdefault(name, _SUBJECTS[name])
        elif type_.name == "Metrics":
            kept = metadata.get(KEPT, ALL_METRICS)
            name = self.metrics.setdefault(kept, f"{owner}Metrics")
            self.fragments.setdefault(name, f"fragment {name} on Metrics {{ {' '.join(kept)} }}")
        else:
            name = type_.name
            if name not in self.fragments:
                self.fragments[name] = ""  # its place: those it needs come after it
                self.fragments[name] = f"fragment {name} on {name} {{ {self.selection(name, type_.fields)} }}"
        return f"{{ ...{name} }}"


def _metadata(field: GraphQLField) -> Mapping[Any, Any]:
    source = field.extensions.get("strawberry-definition")
    return source.metadata if isinstance(source, StrawberryField) else {}
