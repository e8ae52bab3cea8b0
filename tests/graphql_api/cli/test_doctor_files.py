"""What `rollcall doctor` says about the place where files are kept."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graphql_api.cli.upkeep.checkups import Finding, of_files
from models.settings import Bucket, Settings, load_settings
from tests.graphql_api.cli.conftest import Installation

if TYPE_CHECKING:
    from tests.support.s3 import Storage


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"ROLLCALL_DATA": str(tmp_path)})


def test_a_folder_that_is_not_there_yet_is_not_made(settings: Settings, tmp_path: Path) -> None:
    assert of_files(settings) == Finding("files", True, str(tmp_path / "files"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_tried_and_left_as_it_was(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    assert of_files(settings) == Finding("files", True, str(tmp_path / "files"))
    assert list((tmp_path / "files").iterdir()) == []


def test_a_folder_that_is_none_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way", encoding="utf-8")
    assert of_files(settings) == Finding("files", False, f"{tmp_path / 'files'}: Not a directory", "See ROLLCALL_DATA.")


def test_a_bucket_is_tried_and_left_as_it_was(settings: Settings, bucket: Bucket, storage: "Storage") -> None:
    found = f"s3://{bucket.name}/rollcall/exports at {storage.endpoint}"
    with storage.watched() as asked:
        assert of_files(replace(settings, files=bucket)) == Finding("files", True, found)
    assert (asked, storage.keys(bucket)) == (["PUT", "GET", "DELETE"], [])


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_bucket_that_refuses_something_is_said(
    settings: Settings, bucket: Bucket, storage: "Storage", method: str
) -> None:
    with storage.failing(method, "rollcall/exports", "403 Forbidden"):
        finding = of_files(replace(settings, files=bucket))
    assert (finding.what, finding.fine, finding.advice) == ("files", False, "See ROLLCALL_FILES.")
    assert f"Error performing {method} {storage.endpoint}/{bucket.name}/rollcall/exports/" in finding.found
    assert "403 Forbidden" in finding.found


def test_a_bucket_that_loses_what_it_got_is_said(settings: Settings, bucket: Bucket, storage: "Storage") -> None:
    with storage.failing("PUT", "rollcall/exports", "200 OK"):
        finding = of_files(replace(settings, files=bucket))
    assert (finding.fine, "NoSuchKey" in finding.found) == (False, True)


def test_doctor_says_where_files_are_kept(attend: Installation, bucket: Bucket) -> None:
    environ = {
        "ROLLCALL_FILES": f"s3://{bucket.name}/exports",
        "ROLLCALL_S3_ENDPOINT": bucket.endpoint or "",
        "ROLLCALL_S3_KEY": "the-key",
        "ROLLCALL_S3_SECRET": "hush",
    }
    done = attend.rollcall("doctor", **environ)
    assert (done.code, done.err, done.out.splitlines()[-1]) == (0, "", "All is well.")
    assert f"s3://{bucket.name}/exports at {bucket.endpoint}" in done.out
    away = attend.rollcall("doctor", **environ | {"ROLLCALL_S3_ENDPOINT": "http://127.0.0.1:1"})
    assert (away.code, away.out.splitlines()[-1]) == (1, "1 thing is wrong.")
    assert "files: See ROLLCALL_FILES." in away.out.splitlines()
    assert "hush" not in done.out + away.out + away.err
