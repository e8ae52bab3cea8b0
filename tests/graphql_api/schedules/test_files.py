"""What is chosen of a schedule's files reaches every file of a slot, and is refused where no format has it."""

from collections import Counter
from io import BytesIO
from typing import Any, Final
from zipfile import ZipFile, is_zipfile

import pytest
from sqlalchemy import select, update

from models import Export, Subject
from tests.graphql_api.schedules.requests import CREATE, NOW, PRINCIPAL, RUN_NOW, UPDATE, made, refused
from tests.support.csv_files import read_lines
from tests.support.house import House
from tests.support.schedules import rows

MARK: Final = b"\xef\xbb\xbf"
NOTHING: Final = {
    "layout": "TOGETHER",
    "paper": None,
    "locale": None,
    "byteOrderMark": False,
    "separator": "COMMA",
    "table": None,
}
IMPOSSIBLE: Final[tuple[tuple[dict[str, Any], str, str], ...]] = (
    (
        {"formats": [], "options": {"byteOrderMark": True}},
        "options.byteOrderMark",
        "there is no file to choose it for; name a format, or leave it out",
    ),
    (
        {"formats": [], "options": {"layout": "SEPARATE"}},
        "options",
        "there is no file to choose it for; name a format, or leave it out",
    ),
    (
        {"formats": ["PDF"], "options": {"separator": "SEMICOLON"}},
        "options.separator",
        "PDF has no such choice; leave it out",
    ),
    (
        {"formats": ["XLSX", "JSON"], "options": {"table": "reports"}},
        "options.table",
        "none of XLSX, JSON has such a choice; leave it out",
    ),
    (
        {"formats": ["CSV"], "options": {"table": "a\0b"}},
        "options.table",
        "'a\\x00b' is no key of a table; leave it out to have all",
    ),
    (
        {"formats": ["CSV"], "options": {"locale": "xx"}},
        "options.locale",
        "'xx' is no language anybody knows; give a BCP 47 tag such as en-GB or ar",
    ),
)


async def files_of(house: House, wanted: dict[str, Any], **changes: Any) -> list[tuple[Export, bytes]]:
    """The files of a slot of such a schedule of March, run by hand, by format."""
    schedule = await made(house, wanted, period="THIS_MONTH", **changes)
    await house.ask(PRINCIPAL, RUN_NOW, now=NOW, id=schedule["id"])
    await house.work_off()
    async with house.database.read() as session:
        exports = (await session.scalars(select(Export).order_by(Export.format))).all()
    assert [export.state for export in exports] == ["SUCCEEDED"] * len(exports)
    found = []
    for export in exports:
        (path,) = (house.work.settings.data / "files").rglob(str(export.file_key))
        found.append((export, path.read_bytes()))
    return found


async def rename(house: House) -> None:
    """Calls a course École."""
    async with house.database.write() as session:
        renamed = update(Subject).where(Subject.kind == "COURSE", Subject.name == "Easel").values(name="École")
        await session.execute(renamed)


async def test_a_table_of_a_schedule_opens_by_double_click(house: House, wanted: dict[str, Any]) -> None:
    await rename(house)
    options = {"byteOrderMark": True, "separator": "LOCALE", "table": "reports", "locale": "fr-FR"}
    ((export, content),) = await files_of(house, wanted, formats=["CSV"], attach=True, options=options)

    assert (export.media_type, is_zipfile(BytesIO(content))) == ("text/csv; charset=utf-8", False)
    assert content.startswith(MARK + b"kind;subjectId;subject;")
    header, *lines = read_lines(content.removeprefix(MARK), ";")
    assert sorted(line[header.index("subject")] for line in lines) == ["Colour", "École"]
    rates = {line[header.index("attendanceRate")] for line in lines}
    assert all(rate == "" or "." not in rate for rate in rates)
    assert any("," in rate for rate in rates)


async def test_every_file_of_a_zip_is_as_it_was_chosen(house: House, wanted: dict[str, Any]) -> None:
    options = {"byteOrderMark": True, "separator": "SEMICOLON"}
    ((_, content),) = await files_of(house, wanted, formats=["CSV"], options=options)
    with ZipFile(BytesIO(content)) as files:
        assert len(files.namelist()) > 5
        for name in files.namelist():
            lines = files.read(name)
            assert lines.startswith(MARK)
            widths = Counter(len(line) for line in read_lines(lines.removeprefix(MARK), ";"))
            assert len(widths) == 1
            assert 1 not in widths


async def test_each_format_heeds_what_it_has(house: House, wanted: dict[str, Any]) -> None:
    options = {"byteOrderMark": True, "paper": "LETTER", "layout": "SEPARATE"}
    files = await files_of(house, wanted, formats=["JSON", "CSV", "PDF"], options=options)
    assert {export.format: export.options for export, _ in files} == {
        "CSV": {"layout": "SEPARATE", "byte_order_mark": True},
        "JSON": {"layout": "SEPARATE"},
        "PDF": {"layout": "SEPARATE", "paper": "LETTER"},
    }


async def test_a_file_that_goes_to_others_is_as_it_was_chosen_too(house: House, wanted: dict[str, Any]) -> None:
    given = {"recipients": [{"email": "head@partner.example"}], "formats": ["CSV"], "attach": True}
    ((export, content),) = await files_of(house, wanted, **given, options={"byteOrderMark": True, "table": "reports"})
    assert export.options == {"byte_order_mark": True, "table": "reports", "guarded": False}
    assert content.startswith(MARK)


@pytest.mark.parametrize(("changes", "field", "message"), IMPOSSIBLE, ids=lambda value: str(value)[:50])
async def test_what_no_format_has_is_refused(
    house: House, wanted: dict[str, Any], changes: dict[str, Any], field: str, message: str
) -> None:
    assert await refused(house, CREATE, input={**wanted, **changes}) == (field, "INVALID", message)
    assert await rows(house.database) == (0, 0, 0)
    schedule = await made(house, wanted, formats=["CSV", "PDF"], options={"paper": "LETTER"})
    given = {"id": schedule["id"], "options": {"paper": None}, **changes}
    assert await refused(house, UPDATE, input=given) == (field, "INVALID", message)
    assert await look(house, schedule["id"]) == (["CSV", "PDF"], {**NOTHING, "paper": "LETTER"})


async def test_options_stay_unless_they_are_given_anew(house: House, wanted: dict[str, Any]) -> None:
    schedule = await made(house, wanted, formats=["CSV"], options={"byteOrderMark": True, "separator": "TAB"})
    chosen = {**NOTHING, "byteOrderMark": True, "separator": "TAB"}
    assert await look(house, schedule["id"]) == (["CSV"], chosen)

    async def change(**changes: Any) -> None:
        done = (await house.ask(PRINCIPAL, UPDATE, now=NOW, input={"id": schedule["id"], **changes})).whole["done"]
        assert done["userErrors"] == []

    await change(name="Another", formats=["CSV", "PDF"])
    assert await look(house, schedule["id"]) == (["CSV", "PDF"], chosen)
    # without CSV there is nothing left to choose a separator of
    field, _, _ = await refused(house, UPDATE, input={"id": schedule["id"], "formats": ["PDF"]})
    assert field == "options.byteOrderMark"
    assert await look(house, schedule["id"]) == (["CSV", "PDF"], chosen)
    await change(formats=["PDF"], options={"paper": "LETTER"})
    assert await look(house, schedule["id"]) == (["PDF"], {**NOTHING, "paper": "LETTER"})
    await change(options={})
    assert await look(house, schedule["id"]) == (["PDF"], NOTHING)


async def look(house: House, id_: str) -> tuple[list[str], dict[str, Any]]:
    """The formats and options of a schedule, as they are answered."""
    query = f"query Q($id: ID!) {{ schedule(id: $id) {{ formats options {{ {' '.join(NOTHING)} }} }} }}"
    schedule = (await house.ask(PRINCIPAL, query, now=NOW, id=id_)).whole["schedule"]
    return schedule["formats"], schedule["options"]
