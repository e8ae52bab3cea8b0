"""What `rollcall doctor` says about the pages that may ask from a browser."""

import pytest

from graphql_api.cli.upkeep.checkups import Finding, of_installation, of_origins
from models.settings import load_settings

LISTED = "https://app.example.org, http://localhost:3000"
BLOCKED = "Browsers let no page of https://app.example.org ask http; serve ROLLCALL_URL by https."


@pytest.mark.parametrize(
    ("url", "listed", "finding"),
    [
        ("http://reports.example.org", "", Finding("origins", True, "only http://reports.example.org (ROLLCALL_URL)")),
        ("https://reports.example.org", LISTED, Finding("origins", True, LISTED)),
        ("http://127.0.0.1:8000", LISTED, Finding("origins", True, LISTED)),
        ("http://reports.example.org", LISTED, Finding("origins", None, LISTED, BLOCKED)),
    ],
)
def test_the_origins_are_listed_and_those_shut_out_are_named(url: str, listed: str, finding: Finding) -> None:
    settings = load_settings({"ROLLCALL_URL": url, "ROLLCALL_ORIGINS": listed})
    assert of_origins(settings) == finding
    assert finding in list(of_installation(settings))
