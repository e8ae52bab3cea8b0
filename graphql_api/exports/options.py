"""What may be chosen of an export, as it is asked for and as it was."""

import strawberry

from exporters import Layout, Paper
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
    table: str | None = strawberry.field(
        default=None,
        description="Of CSV: only the table with this key, such as reports, breakdown or trend; all in a .zip unless"
        " given.",
    )

    def chosen(self) -> Chosen:
        """What is asked for."""
        return Chosen(self.layout, self.paper, self.locale, self.byte_order_mark, self.table)


@strawberry.type(description="What was chosen of a file; null is as the school has it.")
class ExportOptions:
    """What was chosen of a file."""

    layout: Layout = strawberry.field(description="Whether all reports go into one file, or each into its own.")
    paper: Paper | None = strawberry.field(description="The sheet a PDF is laid out for.")
    locale: str | None = strawberry.field(description="The language of the file, as a BCP 47 tag.")
    byte_order_mark: bool = strawberry.field(description="Whether a CSV file begins with a byte order mark.")
    table: str | None = strawberry.field(description="The key of the only table of a CSV file; null: all of them.")


def options_of(chosen: Chosen) -> ExportOptions:
    """The options as clients see them."""
    return ExportOptions(
        layout=chosen.layout,
        paper=chosen.paper,
        locale=chosen.locale,
        byte_order_mark=chosen.byte_order_mark,
        table=chosen.table,
    )
