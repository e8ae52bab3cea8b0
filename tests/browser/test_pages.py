"""Our own pages in a real browser: how they look at two widths, what axe finds, and what is left of who has gone."""

from typing import Any, Final

import pytest

from tests.browser.conftest import PASSWORD, Place
from tests.browser.driving import driving
from tests.graphql_api.exports.test_downloads import make
from tests.support.college import ADMIN, BUILDER

OVER: Final = "Your sign-in has ended. Please sign in again."
NOTHING: Final = {"inTab": False, "beyond": [], "onPage": False}
# when somebody signed out here last, and not who
NOBODY: Final = NOTHING | {"beyond": ["rollcall.signedOutAt"]}


async def acted(place: Place, act: str) -> Any:
    """What the script tells of an act in which ADMIN comes first and BUILDER second."""
    for email in (ADMIN, BUILDER):
        await place.give_password(email)
    made = await make(place.house, "COURSE", "COL", BUILDER)
    given = {"address": place.address, "password": PASSWORD, "first": ADMIN, "second": BUILDER, "report": made.report}
    async with driving("pages.mjs", **given, act=act) as script:
        return await script.told()


async def test_no_page_is_wider_than_its_window_and_axe_finds_nothing(place: Place) -> None:
    assert await acted(place, "looks") == [
        [page, width, 0, [], "image/svg+xml"]
        for width in (390, 1280)
        for page in ("landing", "sign-in", "graphiql", "report")
    ]


async def test_who_signs_in_next_finds_nothing_of_who_signed_out(place: Place) -> None:
    assert await acted(place, "signsOut") == {
        "before": {"inTab": True, "beyond": [], "onPage": True},
        "said": "You are signed out.",
        "after": NOBODY,
        "next": NOBODY,
        "who": "Signed in as Head who teachesdepartment head",
    }


@pytest.mark.parametrize(
    ("act", "left"),
    [("signsOutElsewhere", NOBODY), ("expires", NOTHING), ("expiresAsleep", NOTHING), ("isRefused", NOTHING)],
)
async def test_nothing_is_left_however_a_sign_in_ends(place: Place, act: str, left: dict[str, Any]) -> None:
    assert await acted(place, act) == {"said": OVER, "after": left}


async def test_what_was_kept_for_everybody_before_is_gone(place: Place) -> None:
    assert await acted(place, "findsOldThings") == {"after": NOTHING}
