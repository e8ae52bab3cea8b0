"""fetch, urql and Apollo Client in a real browser, on a page of another origin: let in if listed, else refused all."""

from typing import Any

from tests.browser.conftest import Place
from tests.browser.driving import driving
from tests.graphql_api.exports.test_downloads import make
from tests.support.college import ADMIN, BUILDER

VIEWER = {"viewer": {"name": "Admin", "role": "ADMIN"}}


def queried(*requests: str) -> dict[str, Any]:
    return {"data": VIEWER, "requests": list(requests)}


async def test_every_client_works_at_a_listed_origin(place: Place) -> None:
    house = place.house
    made = await make(house, "COURSE", "COL", BUILDER)
    token = await place.token(ADMIN)
    given = {"address": place.address, "token": token, "report": made.report, "sitePort": place.site_port}
    async with driving("other_origin.mjs", **given, host="127.0.0.1") as script:
        assert await script.told() == "listening"
        assert await house.work_off() == 2
        told = await script.told()
    assert told["answers"] == {
        "fetch": queried("POST 200"),
        "fetchByGet": queried("GET 200"),
        "urql": queried("GET 200"),
        "urqlPersisted": queried("GET 400", "GET 200"),
        "urqlPersistedByPost": queried("POST 400", "POST 200"),
        "apollo": queried("POST 200"),
        "apolloPersisted": queried("POST 400", "POST 200"),
        "apolloPersistedByGet": queried("GET 400", "POST 200"),
    }
    for client, asked in told["asked"].items():
        assert asked["requests"] == ["POST 200"], client
        assert (asked["data"]["export"]["state"], asked["data"]["userErrors"]) == ("QUEUED", [])
    assert set(told["heard"]) == {"urqlOverSocket", "urqlOverEvents", "apolloOverSocket", "graphqlSse"}
    for client, heard in told["heard"].items():
        assert (heard[0], heard[-1]["state"]) == ({"state": "QUEUED", "downloadUrl": None}, "SUCCEEDED"), client
    size = told["whole"]["bytes"]
    disposition = "attachment; filename=\"course-Colour-2026-03.zip\"; filename*=UTF-8''course-Colour-2026-03.zip"
    file = {"disposition": disposition, "requestId": True}
    assert told["whole"] == file | {"status": 200, "bytes": size, "range": None}
    assert told["part"] == file | {"status": 206, "bytes": 4, "range": f"bytes 0-3/{size}"}


async def test_a_page_of_another_origin_is_refused_everything(place: Place) -> None:
    made = await make(place.house, "COURSE", "COL", BUILDER)
    before = await place.house.counts()
    given = {"address": place.address, "token": await place.token(ADMIN), "report": made.report, "link": made.url}
    async with driving("other_origin.mjs", **given, sitePort=place.site_port, host="localhost") as script:
        told = await script.told()
    assert told == {
        "fetch": "TypeError",
        "fetchByGet": "TypeError",
        "signIn": "TypeError",
        "urql": "CombinedError",
        "apollo": "TypeError",
        "mutation": "CombinedError",
        "download": "TypeError",
        "events": "NetworkError",
        "socket": 1006,
    }
    assert await place.house.counts() == before
