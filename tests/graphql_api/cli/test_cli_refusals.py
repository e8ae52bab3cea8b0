"""What commands say to what cannot be done: one sentence on stderr, exit 1 or 2, and nothing half-done."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from graphql_api.cli.entry import answer
from models.migrate import alembic_config
from models.schema_version import known_revisions
from tests.graphql_api.cli.conftest import Installation
from tests.support.bundles import bundle_of, write_bundle

SUBJECT_OR_ALL = "Invalid value for --subject / --all: give either --subject ID or --all."
WRONG_USE = {
    "nonsense": "No such command 'nonsense'.",
    "generate": "Missing argument 'KIND'.",
    "generate SCHOOLS --all --period 2026": (
        "Invalid value for KIND: 'SCHOOLS' is none of SCHOOL, DEPARTMENT, PROGRAMME, CLASS_GROUP, COURSE, TRAINER,"
        " TRAINEE."
    ),
    "generate SCHOOL --all": "Missing option '--period'.",
    "generate SCHOOL --period 2026-03": SUBJECT_OR_ALL,
    "generate SCHOOL --all --subject S --period 2026-03": SUBJECT_OR_ALL,
    "generate SCHOOL --all --period 2026-13": "Invalid value for --period: '2026-13' is not a month such as 2026-03.",
    "generate SCHOOL --all --period soon": (
        "Invalid value for --period: 'soon' is none of 2026-03-01..2026-03-31, 2026-03, 2026-W11, term:ID, TODAY,"
        " YESTERDAY, THIS_WEEK, LAST_WEEK, THIS_MONTH, LAST_MONTH, THIS_TERM, LAST_TERM,"
        " TERM_TO_DATE."
    ),
    "generate SCHOOL --all --period 2026-03-02..2026-03-01": (
        "Invalid value for --period: 2026-03-01 is before from (2026-03-02); it must be the same day or later."
    ),
    "generate SCHOOL --all --period 1026-03-02..2026-03-01": (
        "Invalid value for --period: 1026-03-02 to 2026-03-01 is longer than 5 years; ask for a shorter range."
    ),
    "export 1 --format DOC -o x": "Invalid value for --format: 'DOC' is none of CSV, JSON, PDF, XLSX.",
    "export one --format CSV -o x": (
        "Invalid value for REPORT_ID: 'one' is not the id of a report; `rollcall generate` prints some."
    ),
    "export 1 --format PDF --paper A3 -o x": "Invalid value for --paper: 'A3' is none of A4, LETTER.",
    "export 1 --format CSV --paper A4 -o x": "Invalid value for --paper: CSV has no such choice; leave it out.",
    "export 1 --format PDF --bom -o x": "Invalid value for --bom: PDF has no such choice; leave it out.",
    "export 1 --format CSV --separator pipe -o x": (
        "Invalid value for --separator: 'pipe' is none of COMMA, SEMICOLON, TAB, LOCALE."
    ),
    "export 1 --format PDF --separator tab -o x": (
        "Invalid value for --separator: PDF has no such choice; leave it out."
    ),
    "export 1 --format XLSX --table bands -o x": "Invalid value for --table: XLSX has no such choice; leave it out.",
    "export 1 --format PDF --locale xx -o x": (
        "Invalid value for --locale: 'xx' is no language anybody knows; give a BCP 47 tag such as en-GB or ar."
    ),
    # the id of a school
    "export U2Nob29sOjE --format CSV -o x": (
        "Invalid value for REPORT_ID: 'U2Nob29sOjE' is not the id of a report; `rollcall generate` prints some."
    ),
    "schema --query --json": "Invalid value for --query / --json: give one of them.",
    "query {viewer{name}} --as a@example.edu --variables [1]": (
        'Invalid value for --variables: give a JSON object, such as {"id": "…"}.'
    ),
}


@pytest.mark.parametrize("line", WRONG_USE)
def test_wrong_use_is_2_and_starts_nothing(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert answer(line.split()) == 2
    said = capsys.readouterr()
    command = "" if line == "nonsense" else " " + line.split(maxsplit=1)[0]
    assert (said.out, said.err) == ("", f"{WRONG_USE[line]} See `rollcall{command} --help`.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_malformed_bundle_is_refused_row_by_row(attend: Installation, tmp_path: Path) -> None:
    bundle = bundle_of(
        schools="""id,name,timezone
                   NEW,New school,Mars/Olympus""",
        departments="""id,school_id,name
                       D1,NOWHERE,Lost
                       D2,MSU,""",
    )
    write_bundle(bundle, tmp_path / "bundle")
    done = attend.rollcall("import", tmp_path / "bundle")
    assert (done.code, done.out) == (1, "")
    problems = [line for line in done.err.splitlines() if not line.startswith("Importing")]
    assert [line.partition(": ")[0] for line in problems[:-1]] == [
        "schools.csv:2 timezone", "departments.csv:2 school_id", "departments.csv:3 name"
    ]  # fmt: skip
    assert problems[-1] == f"Nothing was imported: 3 problems to mend in {tmp_path / 'bundle'}."
    assert attend.ask("select count(*) from subject where kind in ('SCHOOL', 'DEPARTMENT')") == 2


def test_what_does_not_exist_is_named(attend: Installation, tmp_path: Path) -> None:
    reports = attend.ask("select count(*) from report")
    sentences = {
        ("generate", "COURSE", "--subject", "EC999", "--period", "1997-10"): (
            "There is no COURSE with the id 'EC999'."
        ),
        ("generate", "COURSE", "--subject", "EC201", "--period", "term:none"): (
            "period.term: the subject's school has no such term."
        ),
        ("export", "999999", "--format", "CSV", "-o", str(tmp_path / "x.csv")): "There is no report 999999.",
        ("token", "nobody@example.edu"): "There is no account with the e-mail address 'nobody@example.edu'.",
    }
    for arguments, sentence in sentences.items():
        done = attend.rollcall(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert done.err.splitlines()[0] == sentence
    assert list(tmp_path.iterdir()) == []
    assert attend.ask("select count(*) from report") == reports


def test_a_short_password_and_an_unknown_account_change_nothing(attend: Installation) -> None:
    hashes = "select count(password_hash) from account"
    before = attend.ask(hashes)
    done = attend.rollcall("set-password", "admin@example.edu", "--stdin", typed="short\n")
    assert (done.code, done.err) == (1, "A password needs at least 10 characters; this one has 5.\n")
    assert attend.ask(hashes) == before


def test_bad_settings_and_servers_that_are_away_are_said(attend: Installation) -> None:
    done = attend.rollcall("verify", ROLLCALL_PORT="many")
    assert (done.code, done.err) == (1, "ROLLCALL_PORT must be a whole number from 1 to 65535, not 'many'.\n")
    done = attend.rollcall("verify", DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("PostgreSQL does not answer: connection failed")
    assert "hush" not in done.err
    assert done.err.count("\n") == 1


def test_an_older_schema_is_migrated_and_a_newer_one_refused(
    attend: Installation, empty_database: str, port: int
) -> None:
    newest = known_revisions()[-1]
    made = attend.rollcall("migrate", DATABASE_URL=empty_database)
    assert (made.code, made.err) == (0, "Making the tables.\n")
    assert made.out == f"The database is at schema {newest}, the newest.\n"
    elsewhere = Installation(attend.environ | {"DATABASE_URL": empty_database}, empty_database)
    elsewhere.ask("update alembic_version set version_num = '9999'")
    tables = "select count(*) from pg_class"
    before = elsewhere.ask(tables)
    for line in ("verify", "migrate", "serve", "worker", "demo"):
        refused = elsewhere.rollcall(line, ROLLCALL_PORT=str(port))
        assert (line, refused.code, refused.out) == (line, 1, "")
        assert refused.err == (
            f"The database has schema 9999, which this Rollcall does not know (its newest is {newest})."
            " Update Rollcall, or point DATABASE_URL or ROLLCALL_DATA elsewhere.\n"
        )
    assert (elsewhere.ask(tables), elsewhere.ask("select version_num from alembic_version")) == (before, "9999")


def test_tables_without_a_version_are_not_made_over(attend: Installation, empty_database: str) -> None:
    elsewhere = Installation(attend.environ | {"DATABASE_URL": empty_database}, empty_database)
    elsewhere.ask("create table subject (id int)")
    for version in ("", "create table alembic_version (version_num text)"):
        if version:
            elsewhere.ask(version)
        refused = elsewhere.rollcall("migrate")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err == (
            "The database has tables of Rollcall and no version of them, as one that was restored in part."
            " Restore it whole, or point DATABASE_URL at an empty database.\n"
        )
        assert elsewhere.ask("select to_regclass('mark')") is None


@pytest.mark.parametrize("line", ["serve", "worker"])
def test_without_a_place_for_its_key_and_files_nothing_begins(
    attend: Installation, tmp_path: Path, line: str, port: int
) -> None:
    taken = tmp_path / "file"
    taken.touch()
    done = attend.rollcall(line, ROLLCALL_DATA=str(taken / "data"), ROLLCALL_PORT=str(port))
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"The data directory {taken / 'data'} cannot be used (Not a directory), and the key that signs tokens and files"
        " are kept there. Set ROLLCALL_DATA to one that can be written.\n"
    )


def test_the_doctor_finds_a_newer_schema_wrong(attend: Installation, empty_database: str) -> None:
    newest = known_revisions()[-1]
    elsewhere = Installation(attend.environ | {"DATABASE_URL": empty_database}, empty_database)
    elsewhere.ask("create table if not exists alembic_version (version_num text)")
    elsewhere.ask("delete from alembic_version")
    elsewhere.ask("insert into alembic_version values ('9999')")
    found = elsewhere.rollcall("doctor")
    assert (found.code, found.err) == (1, "")
    lines = [line.split(maxsplit=2) for line in found.out.splitlines()]
    assert ["WRONG", "schema", f"schema 9999, which this Rollcall does not know (its newest is {newest})"] in lines
    assert found.out.splitlines()[-2:] == [
        "schema: Update Rollcall, or point DATABASE_URL or ROLLCALL_DATA elsewhere.",
        "1 thing is wrong.",
    ]


def test_migrations_are_named_by_their_revision() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())
    assert known_revisions() == sorted(script.revision for script in scripts.walk_revisions())
    assert known_revisions()[-1] == scripts.get_current_head()
