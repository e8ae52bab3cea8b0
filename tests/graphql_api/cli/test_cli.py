"""Commands on the real data of tests/data/attend, each a process of its own: exact outputs and exit codes."""

import csv
import json
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pypdf
import pytest
import python_calamine

from graphql_api.core.ids import global_id
from graphql_api.http.tokens import read_token
from models.settings import load_settings
from resolvers.access.sign_in import Account, password_fits
from tests.graphql_api.cli.conftest import HANGING_SECONDS, ROOT, Installation, environ_of_process
from tests.support.factories import ATTEND

TERM = "1997-09-01..1997-12-31"
RATE, SCORE, PASSED, CHRONIC = 17780 / 21760, 17606 / (40 * 680), 621 / 680, 406 / 680
NO_DIFFERENCE = ["mark 0", "coverage 0", "session_part 0", "teaching 0", "result_part 0"]


def rows_of(table: str) -> list[str]:
    """The rows of a printed table, one space between cells."""
    return [" ".join(line.split()) for line in table.splitlines()[2:-1]]


def test_importing_again_changes_nothing(attend: Installation) -> None:
    done = attend.rollcall("import", ATTEND)
    assert done.code == 0
    assert done.err.splitlines()[-1] == "Importing … 100 %"
    assert done.out.splitlines()[-1] == "23,912 rows, 0 changed; 0 warnings."
    assert rows_of(done.out) == [
        "schools 1 0", "departments 1 0", "programmes 1 0", "class_groups 3 0", "courses 1 0", "trainers 1 0",
        "trainees 680 0", "enrolments 680 0", "sessions 96 0", "attendance 21,760 0", "assessments 3 0",
        "results 680 0", "users 5 0",
    ]  # fmt: skip


def test_a_report_is_generated_once_and_exported_in_every_format(attend: Installation, tmp_path: Path) -> None:
    first = attend.rollcall("generate", "COURSE", "--subject", "EC201", "--period", TERM)
    assert (first.code, first.err) == (0, "")
    report_id = first.out.removesuffix("\n")
    number = attend.ask("select id from report where kind = 'COURSE'")
    assert report_id == global_id("CourseReport", number)
    again = attend.rollcall("generate", "course", "--subject", "EC201", "--period", TERM)
    assert (again.code, again.out) == (0, first.out)
    assert again.err == "Nothing has changed since this report was generated.\n"
    assert attend.ask("select count(*) || ' by ' || coalesce(max(generated_by), 0) from report") == "1 by 0"

    files = {name: tmp_path / f"report.{name}" for name in ("csv", "xlsx", "pdf")}
    for name, file in files.items():
        only = ("--table", "figures") if name == "csv" else ()
        exported = attend.rollcall("export", report_id, "--format", name, *only, "-o", file)
        assert (exported.code, exported.out, exported.err) == (0, "", "")
    assert sorted(tmp_path.iterdir()) == sorted(files.values())
    printed = attend.rollcall("export", str(number), "--format", "JSON", "-o", "-")
    assert (printed.code, printed.err) == (0, "")

    figures = json.loads(printed.out)["metrics"]
    wanted = ("traineeCount", "attendanceRate", "averageScore", "passRate", "chronicAbsenceRate")
    assert [figures[key] for key in wanted] == [680, RATE, SCORE, PASSED, CHRONIC]
    with files["csv"].open(encoding="utf-8", newline="") as table:
        rows = {row["key"]: row["value"] for row in csv.DictReader(table)}
    assert [float(rows[key]) for key in wanted] == [680, RATE, SCORE, PASSED, CHRONIC]
    sheets = python_calamine.CalamineWorkbook.from_path(files["xlsx"])
    cells = [cell for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python() for cell in row]
    assert RATE in cells
    assert "0.817096" in pypdf.PdfReader(BytesIO(files["pdf"].read_bytes())).pages[0].extract_text()


def test_all_reports_of_a_kind_are_generated_by_a_run(attend: Installation) -> None:
    done = attend.rollcall("generate", "CLASS_GROUP", "--all", "--period", TERM)
    assert done.code == 0
    assert done.err.splitlines()[-1] == "3 reports: 3 new, 0 unchanged."
    numbers = attend.ask(
        "select array_agg(r.id order by s.sort_key) from report r join subject s on s.id = r.subject_id"
        " where r.kind = 'CLASS_GROUP'"
    )
    assert done.out.splitlines() == [global_id("ClassGroupReport", number) for number in numbers]
    assert attend.ask("select state || done || total || coalesce(requested_by, 0) from run") == "SUCCEEDED330"
    assert attend.ask("select string_agg(state, ' ') from job") == "SUCCEEDED"


def test_many_reports_go_into_one_file(attend: Installation, tmp_path: Path) -> None:
    ids = attend.rollcall("generate", "CLASS_GROUP", "--all", "--period", TERM).out.split()
    names = attend.ask("select array_agg(name order by sort_key) from subject where kind = 'CLASS_GROUP'")
    wanted = [ids[1], ids[0], ids[2], ids[0]]  # in this order, each once
    table = tmp_path / "all.csv"
    done = attend.rollcall("export", *wanted, "--format", "CSV", "--table", "reports", "--bom", "-o", table)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert table.read_bytes()[:3] == b"\xef\xbb\xbf"
    with table.open(encoding="utf-8-sig", newline="") as lines:
        assert [line["subject"] for line in csv.DictReader(lines)] == [names[1], names[0], names[2]]
    excel = ("--bom", "--separator", "Locale", "--locale", "de-DE")
    done = attend.rollcall("export", *wanted, "--format", "CSV", "--table", "reports", *excel, "-o", table)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert table.read_bytes().startswith(b"\xef\xbb\xbfkind;subjectId;subject;")
    with table.open(encoding="utf-8-sig", newline="") as lines:
        records = list(csv.DictReader(lines, delimiter=";"))
    assert [line["subject"] for line in records] == [names[1], names[0], names[2]]
    assert [line["attendanceRate"][:2] for line in records] == ["0,"] * 3
    apart = tmp_path / "apart.zip"
    done = attend.rollcall("export", *wanted, "--format", "json", "--separate", "-o", apart)
    assert (done.code, done.out, done.err) == (0, "", "")
    with ZipFile(apart) as files:
        inside = [name for name in files.namelist() if name.endswith(".json")]
        assert [json.loads(files.read(name))["subject"]["name"] for name in inside] == [names[1], names[0], names[2]]
    foreign = attend.rollcall("export", *ids, "999999", "--format", "CSV", "-o", tmp_path / "none.csv")
    assert (foreign.code, foreign.out, foreign.err) == (1, "", "There is no report 999999.\n")
    none = attend.rollcall("export", *ids, "--format", "CSV", "--table", "nonsense", "-o", tmp_path / "other.csv")
    assert (none.code, none.err.partition(".")[0]) == (1, "These reports have no table nonsense")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.csv", "apart.zip"]


QUERY = """query ($days: DateRangeInput!) {
  viewer { name role }
  course(sourceId: "EC201") { name metrics(period: {range: $days}) { attendanceRate averageScore passRate } }
}"""
DAYS = json.dumps({"days": {"from": "1997-09-01", "to": "1997-12-31"}})


def test_a_query_runs_as_the_account(attend: Installation) -> None:
    done = attend.rollcall("query", QUERY, "--as", "Principal@example.edu", "--variables", DAYS)
    metrics = {"attendanceRate": RATE, "averageScore": SCORE, "passRate": PASSED}
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["data"] == {
        "viewer": {"name": "Principal", "role": "PRINCIPAL"},
        "course": {"name": "Introduction to Microeconomics", "metrics": metrics},
    }
    done = attend.rollcall("query", QUERY, "--as", "s001@example.edu", "--variables", DAYS)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["data"] == {"viewer": {"name": "Student 001", "role": "TRAINEE"}, "course": None}


def test_a_query_with_errors_fails_and_still_prints_the_answer(attend: Installation) -> None:
    done = attend.rollcall("query", "{ nonsense }", "--as", "principal@example.edu")
    assert (done.code, done.err) == (1, "")
    (error,) = json.loads(done.out)["errors"]
    assert error["message"] == "Cannot query field 'nonsense' on type 'Query'."
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}


def test_token_and_password(attend: Installation) -> None:
    done = attend.rollcall("token", "head@example.edu")
    assert (done.code, done.err) == (0, "")
    claims = read_token(load_settings(attend.environ), done.out.strip(), datetime.now(UTC))
    head = attend.ask("select id from account where email = 'head@example.edu'")
    assert claims is not None
    assert claims.user_id == head
    done = attend.rollcall("set-password", "head@example.edu", "--stdin", typed="correct horse battery\n")
    assert (done.code, done.out) == (0, "")
    stored = attend.ask("select password_hash from account where email = 'head@example.edu'")
    assert password_fits(Account(head, stored), "correct horse battery")


def test_verify_finds_what_was_changed_behind_its_back(attend: Installation) -> None:
    done = attend.rollcall("verify")
    assert (done.code, done.err) == (0, "")
    assert (rows_of(done.out), done.out.splitlines()[-1]) == (NO_DIFFERENCE, "No difference.")
    one = "where session_id = (select min(session_id) from session_part)"
    attend.ask(f"update session_part set present = present + 1 {one}")
    done = attend.rollcall("verify")
    attend.ask(f"update session_part set present = present - 1 {one}")
    assert done.code == 1
    # the row that is there and should not be, and the one that should be and is not
    assert rows_of(done.out) == ["mark 0", "coverage 0", "session_part 2", "teaching 0", "result_part 0"]


def test_the_version_is_that_of_the_project(attend: Installation) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = attend.rollcall("--version")
    assert (said.code, said.out, said.err) == (0, f"rollcall {project['version']}\n", "")


@pytest.mark.parametrize(
    ("typed", "completed"), [("rollcall ex", "export"), ("rollcall import --he", "--help"), ("rollcall nothing", "")]
)
def test_a_shell_completes_what_is_typed(attend: Installation, typed: str, completed: str) -> None:
    asked = {"_ROLLCALL_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    said = attend.rollcall(**asked)
    assert (said.code, said.out.strip(), said.err) == (0, completed, "")
    script = attend.rollcall("--show-completion", "bash")
    assert (script.code, "_ROLLCALL_COMPLETE=complete_bash" in script.out, script.err) == (0, True, "")


def test_verify_mends_what_it_finds(attend: Installation) -> None:
    attend.ask("update session_part set late = late + 1 where session_id = (select min(session_id) from session_part)")
    attend.ask("insert into mark (session_id, trainee_id, school_id, day, status) values (0, 0, 0, now(), 'LATE')")
    done = attend.rollcall("verify", "--repair")
    assert (done.code, done.err) == (0, "")
    assert rows_of(done.out)[:-1] == ["mark 1", "coverage 0", "session_part 2", "teaching 0", "result_part 0"]
    assert done.out.splitlines()[-2:] == [
        "1 mark of a session or a trainee that is not there any more was removed.",
        "3 rows differed from what marks, results and enrolments say, and are mended.",
    ]
    done = attend.rollcall("verify", "--repair")
    assert (done.code, rows_of(done.out), done.out.splitlines()[-1]) == (0, NO_DIFFERENCE, "No difference.")
    done = attend.rollcall("verify")
    assert (done.code, rows_of(done.out)) == (0, NO_DIFFERENCE)


def test_doctor_finds_all_well(attend: Installation) -> None:
    done = attend.rollcall("doctor")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "All is well."
    assert re.search(r"Redis +(Valkey )?\d+\.\d+\.\d+, REDIS_URL", done.out)
    away = attend.rollcall("doctor", DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x", ROLLCALL_PORT="8999")
    assert (away.code, away.out.splitlines()[-2:]) == (1, ["PostgreSQL: See DATABASE_URL.", "1 thing is wrong."])
    assert "hush" not in away.out + away.err


def test_the_schema_is_written_and_checked(attend: Installation, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    written = attend.rollcall("schema", "-o", file)
    assert (written.code, written.out, written.err) == (0, "", "")
    assert file.read_text(encoding="utf-8") == (ROOT / "schema.graphql").read_text(encoding="utf-8")
    file.write_text("type Query { old: Int }\n", encoding="utf-8")
    stale = attend.rollcall("schema", "--check", "-o", file)
    assert (stale.code, stale.out) == (1, "")
    assert stale.err.splitlines()[-1] == "schema.graphql is stale: run `rollcall schema -o schema.graphql`."
    assert file.read_text(encoding="utf-8") == "type Query { old: Int }\n"


@pytest.mark.parametrize(("option", "name"), [("--query", "report.graphql"), ("--json", "report.schema.json")])
def test_what_is_published_of_json_files_is_written_and_checked(
    attend: Installation, tmp_path: Path, option: str, name: str
) -> None:
    file, committed = tmp_path / name, ROOT / "docs" / name
    written = attend.rollcall("schema", option, "-o", file)
    assert (written.code, written.out, written.err) == (0, "", "")
    assert file.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")
    printed = attend.rollcall("schema", option)
    assert (printed.code, printed.out, printed.err) == (0, committed.read_text(encoding="utf-8"), "")
    file.write_text("{}\n", encoding="utf-8")
    stale = attend.rollcall("schema", option, "--check", "-o", file)
    assert (stale.code, stale.out) == (1, "")
    assert stale.err.splitlines()[-1] == f"{name} is stale: run `rollcall schema {option} -o {name}`."


def test_all_that_is_published_is_checked_at_once(attend: Installation) -> None:
    done = attend.rollcall("schema", "--check")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_garbage_is_looked_for_once_work_begins(attend: Installation) -> None:
    program = """
import gc
from graphql_api.cli.core.composition import run

async def work(_):
    return gc.isenabled(), gc.get_freeze_count() > 100_000

gc.disable()  # as `main` does
print(run(work))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environ_of_process() | attend.environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=HANGING_SECONDS,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "(True, True)\n", "")
