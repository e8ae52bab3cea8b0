"""What may be chosen of an export, as it is asked for and as it was. The fields are those of jobs/exports."""

from dataclasses import fields

import strawberry

from exporters import Layout, Paper, Separator
from jobs.exports.options import ExportOptions as Chosen


@strawberry.input(description="What may be chosen of a file. A choice that a format does not have is refused.")
class ExportOptionsInput:
    """What may be chosen of a file."""

    layout: Layout = strawberry.field(
        default=Layout.TOGETHER, description="Whether all reports go into one file, or each into its own in a .zip."
    )
    paper: Paper | None = strawberry.field(
        default=None, description="Of PDF and Excel: the sheet it is laid out for; the school's unless given."
    )
    locale: str | None = strawberry.field(
        default=None,
        description="The language of the file and how it writes numbers and days, as a BCP 47 tag such as en-GB; the"
        " school's unless given.",
    )
    byte_order_mark: bool = strawberry.field(
        default=False, description="Of CSV: whether it begins with a byte order mark, by which Excel knows UTF-8."
    )
    separator: Separator = strawberry.field(
        default=Separator.COMMA,
        description="Of CSV: what stands between fields. For Excel choose LOCALE, and a byte order mark.",
    )
    table: str | None = strawberry.field(
        default=None,
        description="Of CSV: only the table with this key, such as reports, breakdown or trend; all in a .zip unless"
        " given.",
    )

    def chosen(self) -> Chosen:
        """What is asked for."""
        return Chosen(**{field.name: getattr(self, field.name) for field in fields(self)})


@strawberry.type(description="What was chosen of a file; null is as the school has it.")
class ExportOptions:
    """What was chosen of a file."""

    layout: Layout = strawberry.field(description="Whether all reports go into one file, or each into its own.")
    paper: Paper | None = strawberry.field(description="The sheet a PDF is laid out for.")
    locale: str | None = strawberry.field(description="The language of the file, as a BCP 47 tag.")
    byte_order_mark: bool = strawberry.field(description="Whether a CSV file begins with a byte order mark.")
    separator: Separator = strawberry.field(description="What stands between the fields of a CSV file.")
    table: str | None = strawberry.field(description="The key of the only table of a CSV file; null: all of them.")


def options_of(chosen: Chosen) -> ExportOptions:
    """The options as clients see them."""
    return ExportOptions(**{field.name: getattr(chosen, field.name) for field in fields(ExportOptions)})
