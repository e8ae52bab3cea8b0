"""What a valid bundle becomes: rows, exactly; twice is once; absent columns keep what is stored."""

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from models.database import Database
from resolvers.bundle import Imported, import_bundle
from resolvers.metrics.sums import verify_sums
from tests.support.bundle_case import VALID, Case

ATTEND = Path(__file__).parents[2] / "data" / "attend"
COUNTS = {name: text.count("\n") - 1 for name, text in VALID.items()}


@pytest.fixture
def case(database: Database, tmp_path: Path) -> Case:
    return Case(database, tmp_path)


async def differing(case: Case) -> set[int]:
    async with case.database.write() as session:
        return set((await verify_sums(session)).values())


async def test_every_file_is_stored(case: Case) -> None:
    assert await case.take(VALID) == Imported(COUNTS, COUNTS, (), 0)
    assert await case.rows(
        "select s.kind, s.source_id, s.name, s.sort_key, o.source_id from subject s"
        ' join subject o on o.id = s.school_id order by s.kind collate "C", s.source_id'
    ) == [
        ("CLASS_GROUP", "GA", "Group A", "group a", "A"),
        ("CLASS_GROUP", "GA2", "Group A2", "group a2", "A"),
        ("CLASS_GROUP", "GB", "Group B", "group b", "B"),
        ("COURSE", "CA", "Colour", "colour", "A"),
        ("COURSE", "CA2", "Canvas", "canvas", "A"),
        ("COURSE", "CB", "Bricklaying", "bricklaying", "B"),
        ("DEPARTMENT", "DA", "Arts", "arts", "A"),
        ("DEPARTMENT", "DB", "Bricks", "bricks", "B"),
        ("DEPARTMENT", "DC", "Crafts", "crafts", "A"),
        ("PROGRAMME", "PA", "Painting", "painting", "A"),
        ("PROGRAMME", "PB", "Building", "building", "B"),
        ("PROGRAMME", "PC", "Carving", "carving", "A"),
        ("SCHOOL", "A", "Ashby", "ashby", "A"),
        ("SCHOOL", "B", "Bryn", "bryn", "B"),
        ("TRAINEE", "S1", "Zoë", "zoe", "A"),
        ("TRAINEE", "S2", "Émile", "emile", "A"),
        ("TRAINEE", "S3", "Bea", "bea", "B"),
        ("TRAINER", "TA", "Ada", "ada", "A"),
        ("TRAINER", "TB", "Bob", "bob", "B"),
    ]
    assert await case.rows(
        "select x.source_id, o.source_id, day, starts_at, actual_starts_at, actual_ends_at, flag::text, joint_id"
        " from session x join subject o on o.id = x.school_id order by 1"
    ) == [
        (
            *("X1", "A", date(2026, 1, 12), datetime(2026, 1, 12, 9, tzinfo=UTC)),
            *(datetime(2026, 1, 12, 9, 5, tzinfo=UTC), None, "HELD", None),
        ),
        ("X2", "A", date(2026, 1, 13), datetime(2026, 1, 13, 9, tzinfo=UTC), None, None, "SCHEDULED", None),
        ("X3", "B", date(2026, 1, 12), datetime(2026, 1, 13, 4, tzinfo=UTC), None, None, "HELD", "J1"),
    ]
    assert await case.rows(
        "select x.source_id, t.source_id, o.source_id, m.day, m.status::text, arrived_at, left_at, reason from mark m"
        " join session x on x.id = session_id join subject t on t.id = trainee_id"
        " join subject o on o.id = m.school_id order by 1, 2"
    ) == [
        (
            *("X1", "S1", "A", date(2026, 1, 12), "LATE", datetime(2026, 1, 12, 9, 10, tzinfo=UTC)),
            *(datetime(2026, 1, 12, 9, 50, tzinfo=UTC), None),
        ),
        ("X1", "S2", "A", date(2026, 1, 12), "ABSENT", None, None, "ill"),
        ("X3", "S3", "B", date(2026, 1, 12), "PRESENT", None, None, None),
    ]
    assert await case.rows("select email, role, password_hash from account order by source_id") == [
        ("admin@example.org", "ADMIN", None),
        ("head@a.example", "DEPARTMENT_HEAD", None),
        ("zoe@a.example", "TRAINEE", None),
    ]
    assert await case.rows(
        "select present_weight, late_weight, excused_counts, late_after_minutes, watch_below from policy"
    ) == [(None, Decimal("0.5"), False, 10, None)]
    assert await case.rows(
        "select a.source_id, score from result join assessment a on a.id = assessment_id order by 2"
    ) == [
        ("E1", Decimal(12)),
        ("E1", Decimal("31.5")),
        ("E2", None),
    ]
    assert await case.rows('select "on", name from holiday') == [(date(2026, 2, 16), "Half term")]
    assert await differing(case) == {0}


async def test_twice_is_once(case: Case) -> None:
    await case.take(VALID)
    before = await case.everything()
    assert await case.take(VALID) == Imported(COUNTS, dict.fromkeys(COUNTS, 0), (), 0)
    assert await case.everything() == before


async def test_an_absent_column_keeps_and_an_empty_cell_forgets(case: Case) -> None:
    await case.take(VALID)
    done = await case.take(
        {
            "trainers": "id,email\nTA,\n",
            "sessions": "id,actual_ends_at\nX1,2026-01-12T10:15:00Z\n",
            "attendance": "trainee_id,session_id,reason\nS1,X1,bus\n",
            "users": "id,name\nU1,Administrator\n",
            "policies": "school_id,late_weight\nA,\n",
            "courses": "name,id\nColours,CA\n",
        }
    )
    assert done.changed == dict.fromkeys(("trainers", "sessions", "attendance", "users", "policies", "courses"), 1)
    assert await case.rows("select name, email from trainer join subject using (id) where source_id = 'TA'") == [
        ("Ada", None)
    ]
    assert await case.rows("select actual_starts_at, actual_ends_at, day from session where source_id = 'X1'") == [
        (
            datetime(2026, 1, 12, 9, 5, tzinfo=UTC),
            datetime(2026, 1, 12, 10, 15, tzinfo=UTC),
            date(2026, 1, 12),
        )
    ]
    assert await case.rows("select status::text, left_at from mark where reason = 'bus'") == [
        ("LATE", datetime(2026, 1, 12, 9, 50, tzinfo=UTC))
    ]
    assert await case.rows("select name, email, role from account where source_id = 'U1'") == [
        ("Administrator", "admin@example.org", "ADMIN")
    ]
    assert await case.rows("select late_weight, late_after_minutes from policy") == [(None, 10)]
    assert await case.rows(
        "select name, sort_key, code from course join subject using (id) where source_id = 'CA'"
    ) == [("Colours", "colours", "C-1")]
    assert await differing(case) == {0}


async def test_rules_hold_of_what_is_given_and_what_is_kept_together(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse({"sessions": "id,ends_at\nX1,2026-01-12T08:59:59Z\n"}) == [
        "sessions.csv:2 ends_at: is before starts_at"
    ]


async def test_required_columns_may_be_absent_only_for_what_is_stored(case: Case) -> None:
    await case.take(VALID)
    assert await case.refuse({"trainees": "id,school_id\nS1,A\nS9,A\n"}) == [
        "trainees.csv:3 name: is missing: the file has no such column, and the trainee is not stored yet"
    ]


async def test_a_bundle_may_come_in_pieces(case: Case) -> None:
    for name, text in VALID.items():
        files = {name: text}
        if name == "trainees":  # S2 takes its school from its enrolment
            files["enrolments"] = VALID["enrolments"]
        await case.take(files)
    whole = await case.rows("select source_id, day from session order by 1")
    assert len(whole) == 3
    assert await case.take(VALID) == Imported(COUNTS, dict.fromkeys(COUNTS, 0), (), 0)
    assert await differing(case) == {0}


async def test_a_session_that_moves_takes_its_marks_to_the_new_day(case: Case) -> None:
    await case.take(VALID)
    moved = "id,starts_at,ends_at,class_group_id\nX1,2026-01-14T23:30:00-02:00,2026-01-14T23:45:00-02:00,GA2\n"
    done = await case.take({"sessions": moved})
    assert done.changed == {"sessions": 1}
    assert await case.rows(
        "select distinct m.day from mark m join session x on x.id = session_id where source_id = 'X1'"
    ) == [(date(2026, 1, 15),)]
    assert await differing(case) == {0}


async def test_parents_may_change_within_the_school(case: Case) -> None:
    await case.take(VALID)
    done = await case.take(
        {
            "programmes": "id,department_id\nPA,DC\n",
            "class_groups": "id,programme_id\nGA,PC\n",
            "courses": "id,programme_id\nCA,PC\n",
            "policies": "school_id,late_after_minutes\nA,\n",
        }
    )
    assert done.changed == {"programmes": 1, "class_groups": 1, "courses": 1, "policies": 1}
    assert await differing(case) == {0}


async def test_a_changed_role_voids_the_tokens_and_a_name_does_not(case: Case) -> None:
    await case.take(VALID)
    await case.take({"users": "id,name,role,school_id\nU2,Heads,PRINCIPAL,A\nU1,Admins,ADMIN,\n"})
    assert await case.rows("select source_id, tokens_from is null from account order by 1") == [
        ("U1", True),
        ("U2", False),
        ("U3", True),
    ]


async def test_users_may_swap_and_inherit_addresses(case: Case) -> None:
    await case.take(VALID)
    await case.take(
        {
            "users": "id,email,name,role,deleted\nU1,head@a.example,Admin,ADMIN,\nU2,ADMIN@example.org,Head,"
            "DEPARTMENT_HEAD,\nU3,,,,yes\nU4,zoe@a.example,Zoë,ADMIN,no\n"
        }
    )
    assert await case.rows("select source_id, email from account order by 1") == [
        ("U1", "head@a.example"),
        ("U2", "admin@example.org"),
        ("U4", "zoe@a.example"),
    ]


async def test_awkward_texts_survive(case: Case) -> None:
    names = ['say "hi"', "a,b", "\\N", "null", "=1+1", "Ä ö", "\\.", "'", "%s {x} :n $1", "\U0001d7d9"]
    rows = "".join(
        f'"{name.replace(chr(34), chr(34) * 2)}","{name.replace(chr(34), chr(34) * 2)}",A\n' for name in names
    )
    await case.take({"schools": VALID["schools"], "trainees": f"id,name,school_id\n{rows}"})
    stored = await case.rows("select source_id, name from subject where kind = 'TRAINEE'")
    assert sorted(stored) == sorted((name, name) for name in names)


NAMES = {
    "schools": ("Ashby", "Ash\u2028by"),
    "departments": ("Arts", "Ar\nts"),
    "programmes": ("Painting", "Pain\r\nting"),
    "class_groups": ("Group A2", "Group\tA2"),
    "courses": ("Colour", "Col\x85our"),
    "trainers": ("Ada", "A\0da"),
    "trainees": ("Bea", "B\x07\r\r\nea"),
    "terms": ("Spring", "Sp\x1bring"),
    "holidays": ("Half term", "Half\x7fterm"),
    "assessments": ("Exam", "Ex\u2029am"),
    "users": ("Head", "He\nad"),
}


async def test_line_breaks_and_control_characters_of_names_become_spaces(case: Case) -> None:
    files = dict(VALID)
    for file, (old, new) in NAMES.items():
        files[file] = files[file].replace(f",{old}", f',"{new}"', 1)
    done = await case.take(files)
    assert done.changed == COUNTS
    lines = dict.fromkeys(NAMES, 2) | {"class_groups": 4, "trainees": 4, "users": 3}
    assert [str(warning) for warning in done.warnings] == [
        f"{file}.csv:{lines[file]} name: holds line breaks or control characters: they become spaces" for file in NAMES
    ]
    tidy = ["A da", "Ar ts", "Ash by", "B   ea", "Col our", "Group A2", "Pain ting"]
    assert await case.rows("select name, sort_key from subject where name ~ ' ' and name !~ 'Group .$' order by 1") == [
        (name, name.lower()) for name in tidy
    ]
    for table, name in {"term": "Sp ring", "holiday": "Half term", "assessment": "Ex am", "account": "He ad"}.items():
        assert await case.rows(f"select name from {table} where name ~ ' '") == [(name,)]
    again = await case.take(files)
    assert (set(again.changed.values()), again.warnings) == ({0}, done.warnings)


# one character a name, of one to four bytes; the last but one is 18 letters once it is folded
@pytest.mark.parametrize("character", ["x", "é", "ß", "語", "\U00020000", "\ufdfa", "\U0001f600"])
async def test_names_may_have_a_thousand_characters_of_any_script(case: Case, character: str) -> None:
    long = character * 1_000
    files = {file: VALID[file].replace(f",{old}", f",{long}", 1) for file, (old, _) in NAMES.items()}
    assert (await case.take(VALID | files)).changed == COUNTS
    assert await case.rows("select count(*) from subject where name = repeat(left(name, 1), 1000)") == [(7,)]
    ((key,),) = await case.rows("select distinct sort_key from subject where length(name) = 1000")
    folded = {"é": "e", "ß": "ss", "\ufdfa": "صلى الله عليه وسلم"}.get(character, character) * 1_000
    assert (folded.startswith(key), len(key.encode()) in (min(len(folded.encode()), 2_000), 1_999, 1_998)) == (
        True,
        True,
    )
    assert await differing(case) == {0}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
async def test_byte_order_mark_line_ends_and_line_breaks_in_cells(case: Case, ends: str) -> None:
    attendance = VALID["attendance"].replace("ill", '"ill,\n""very"" ill"')
    files = {name: b"\xef\xbb\xbf" + text.replace("\n", ends).encode() for name, text in VALID.items()}
    files["attendance"] = b"\xef\xbb\xbf" + attendance.replace("\n", ends).encode()
    assert (await case.take(files)).changed == COUNTS
    assert await case.rows("select reason from mark where reason is not null") == [(f'ill,{ends}"very" ill',)]


async def test_blank_lines_mixed_line_ends_and_a_missing_last_one(case: Case) -> None:
    files = {name: text.replace("\n", "\r\n\n", 1).rstrip("\n") for name, text in VALID.items()}
    assert (await case.take(files)).changed == COUNTS


async def test_files_with_a_header_only_are_empty(case: Case) -> None:
    none = dict.fromkeys(VALID, 0)
    assert await case.take({name: text.split("\n")[0] for name, text in VALID.items()}) == Imported(none, none, (), 0)


async def test_a_file_of_ids_alone(case: Case) -> None:
    await case.take(VALID)
    assert await case.take({"courses": "id\n\nCA\n\n"}) == Imported({"courses": 1}, {"courses": 0}, (), 0)


@pytest.mark.parametrize("within", ["", "college/"])
async def test_a_zip_is_a_bundle(case: Case, tmp_path: Path, within: str) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in VALID.items():
            archive.writestr(f"{within}{name}.csv", text)
        archive.writestr("__MACOSX/._schools.csv", b"\0")
        archive.writestr("README.md", "hello")
    assert await case.take(path) == Imported(COUNTS, COUNTS, (), 0)


async def test_a_folder_within_the_folder(case: Case, tmp_path: Path) -> None:
    case.bundle(VALID)
    assert (await case.take(tmp_path)).changed == COUNTS


async def test_the_flag_words(case: Case) -> None:
    words = ["true", "YES", "1", "False", "no", "0", ""]
    rows = "".join(f"T{place},A,T{place},2026-01-01,2026-01-02,{word}\n" for place, word in enumerate(words))
    await case.take({"schools": VALID["schools"], "terms": f"id,school_id,name,starts_on,ends_on,deleted\n{rows}"})
    assert await case.rows("select source_id from term order by 1") == [("T3",), ("T4",), ("T5",), ("T6",)]


async def test_progress_goes_from_nothing_to_all(case: Case) -> None:
    told: list[tuple[str, int, int]] = []
    path = case.bundle(VALID)
    total = 2 * sum(file.stat().st_size for file in path.iterdir())
    async with case.database.write() as session:
        await import_bundle(session, path, progress=lambda what, done, of: told.append((what, done, of)))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert {of for _, _, of in told} == {total}
    assert told[-1] == ("counting what changed", total, total)
    assert {f"reading {name}" for name in VALID} | {f"writing {name}" for name in VALID} < {what for what, _, _ in told}


@pytest.mark.skipif(not ATTEND.is_dir(), reason="the real bundle is not there")
async def test_the_real_bundle(case: Case) -> None:
    done = await case.take(ATTEND)
    assert done.changed == {
        "schools": 1,
        "departments": 1,
        "programmes": 1,
        "class_groups": 3,
        "courses": 1,
        "trainers": 1,
        "trainees": 680,
        "enrolments": 680,
        "sessions": 96,
        "attendance": 21760,
        "assessments": 3,
        "results": 680,
        "users": 5,
    }
    assert (done.warnings, done.more_warnings) == ((), 0)
    assert set((await case.take(ATTEND)).changed.values()) == {0}
    assert await differing(case) == {0}
