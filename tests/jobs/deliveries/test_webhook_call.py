"""One call of a webhook, against a real receiver: what is signed, where it goes, and where it does not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_network
from typing import Final

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from jobs.deliveries.outcomes import Outcome
from jobs.deliveries.webhook_call import call_webhook, signed_headers
from tests.support.certificates import Certificates
from tests.support.receiver import receiving

LOOPBACK: Final = (ip_network("127.0.0.0/8"),)
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY: Final = '{"type":"webhook.test","data":{}}'


def headers(*secrets: str) -> dict[str, str]:
    return signed_headers(secrets or (SECRET,), "msg_1", datetime.now(UTC), BODY)


class Resolver:
    """Answers as told, and counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


async def test_a_call_is_signed_with_every_secret() -> None:
    async with receiving() as receiver:
        outcome = await call_webhook(receiver.url, headers(SECRET, OTHER), BODY, LOOPBACK)
    assert outcome == Outcome(204)
    (call,) = receiver.calls
    assert call.verified(SECRET) == call.verified(OTHER) == {"type": "webhook.test", "data": {}}
    assert (call.path, call.headers["host"]) == ("/hooks", f"127.0.0.1:{receiver.port}")
    assert (call.headers["content-type"], call.headers["webhook-id"]) == ("application/json", "msg_1")
    with pytest.raises(WebhookVerificationError):
        call.verified("whsec_AAAA")


def test_the_signature_is_that_of_the_moment_in_any_zone() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=-7)))
    assert signed_headers([SECRET], "msg_1", at, BODY) == signed_headers([SECRET], "msg_1", elsewhere, BODY)
    assert signed_headers([SECRET], "msg_1", at, BODY)["webhook-timestamp"] == "1772366400"


async def test_a_redirect_is_recorded_and_not_followed() -> None:
    async with receiving() as elsewhere, receiving() as receiver:
        receiver.answers = [(302, [f"location: {elsewhere.url}"])]
        outcome = await call_webhook(receiver.url, headers(), BODY, LOOPBACK)
    why = "It answered 302, a redirect, which is not followed: give the webhook the address it leads to."
    assert outcome == Outcome(302, why)
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("status", "more", "outcome"),
    [
        (500, [], Outcome(500, "It answered 500 (Internal Server Error).")),
        (404, [], Outcome(404, "It answered 404 (Not Found).")),
        (599, [], Outcome(599, "It answered 599.")),
        (
            410,
            [],
            Outcome(
                410, "It answered 410: it is gone for good, and the webhook has been switched off.", permanent=True
            ),
        ),
        (
            429,
            ["retry-after: 120"],
            Outcome(
                429, "It answered 429 (Too Many Requests) and asked to wait 120 seconds.", after=timedelta(seconds=120)
            ),
        ),
        (503, ["retry-after: soon"], Outcome(503, "It answered 503 (Service Unavailable).")),
        (503, ["retry-after: Mon, 02 Mar 2020 00:00:00 GMT"], Outcome(503, "It answered 503 (Service Unavailable).")),
    ],
)
async def test_an_answer_is_judged(status: int, more: list[str], outcome: Outcome) -> None:
    async with receiving() as receiver:
        receiver.answers = [(status, more)]
        assert await call_webhook(receiver.url, headers(), BODY, LOOPBACK) == outcome


async def test_a_long_answer_is_not_read_to_its_end() -> None:
    async with receiving() as receiver:
        receiver.body = b"x" * 50_000_000
        assert await call_webhook(receiver.url, headers(), BODY, LOOPBACK, seconds=5) == Outcome(204)


async def test_a_receiver_that_says_nothing_is_given_up() -> None:
    async with receiving() as receiver:
        receiver.silent = True
        outcome = await call_webhook(receiver.url, headers(), BODY, LOOPBACK, seconds=0.3)
    assert outcome == Outcome(error="It gave no answer within 0.3 seconds.", silent=True)
    assert len(receiver.calls) == 1


async def test_nobody_there() -> None:
    async with receiving() as receiver:
        pass
    outcome = await call_webhook(receiver.url, headers(), BODY, LOOPBACK)
    assert outcome == Outcome(error="No connection could be made: nothing listens there.", silent=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"])
async def test_a_private_address_is_not_called(host: str) -> None:
    async with receiving() as receiver:
        outcome = await call_webhook(f"https://{host}:{receiver.port}/", headers(), BODY, ())
    assert outcome.error is not None
    assert outcome.error.startswith("It was not called: ")
    assert receiver.connections == 0


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["fe80::1%eth0"]])
async def test_a_name_that_leads_inside_is_not_called_and_the_address_not_told(found: list[str]) -> None:
    async with receiving() as receiver:
        url = f"https://hooks.example:{receiver.port}/"
        outcome = await call_webhook(url, headers(), BODY, (), resolve=Resolver(found))
    assert outcome == Outcome(error="It was not called: its host name leads to a private address.")
    assert receiver.connections == 0


async def test_a_name_that_changes_its_mind_is_called_where_it_was_checked() -> None:
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    async with receiving() as receiver:
        url = f"http://hooks.example:{receiver.port}/hooks"
        outcome = await call_webhook(url, headers(), BODY, LOOPBACK, resolve=resolver)
    assert outcome == Outcome(204)
    assert receiver.calls[0].headers["host"] == f"hooks.example:{receiver.port}"
    assert resolver.asked == [("hooks.example", receiver.port)]


async def test_http_goes_into_opened_networks_only() -> None:
    resolver = Resolver(["93.184.216.34"])
    outcome = await call_webhook("http://hooks.example/", headers(), BODY, LOOPBACK, resolve=resolver)
    why = "It was not called: its host name leads to an address that only https:// may call."
    assert outcome == Outcome(error=why)


async def test_the_next_address_is_tried_where_nothing_listens() -> None:
    async with receiving() as receiver:
        url = f"http://hooks.example:{receiver.port}/"
        # nothing listens on the second loopback address
        outcome = await call_webhook(url, headers(), BODY, LOOPBACK, resolve=Resolver(["127.0.0.2", "127.0.0.1"]))
    assert outcome == Outcome(204)


async def test_a_name_that_leads_nowhere() -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    outcome = await call_webhook("https://hooks.example/", headers(), BODY, (), resolve=nowhere)
    assert outcome == Outcome(error="Its host name could not be looked up.", silent=True)


async def test_the_certificate_is_that_of_the_name_and_not_of_the_address(certificates: Certificates) -> None:
    async with receiving(certificates.server("hooks.example")) as receiver:
        for host, outcome in (
            ("hooks.example", Outcome(204)),
            (
                "other.example",
                Outcome(
                    error="No connection could be made: its certificate was not accepted (Hostname mismatch,"
                    " certificate is not valid for 'other.example').",
                    silent=True,
                ),
            ),
        ):
            url = f"https://{host}:{receiver.port}/"
            found = await call_webhook(
                url, headers(), BODY, LOOPBACK, resolve=Resolver(["127.0.0.1"]), tls=certificates.client()
            )
            assert found == outcome
    assert len(receiver.calls) == 1


async def test_a_certificate_of_nobody_we_know_is_not_accepted(certificates: Certificates) -> None:
    async with receiving(certificates.server("hooks.example")) as receiver:
        url = f"https://hooks.example:{receiver.port}/"
        outcome = await call_webhook(url, headers(), BODY, LOOPBACK, resolve=Resolver(["127.0.0.1"]))
    assert outcome.error is not None
    assert outcome.error.startswith("No connection could be made: its certificate was not accepted (")
    assert receiver.calls == []


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert await call_webhook(receiver.url, headers(), BODY, LOOPBACK) == Outcome(204)
    assert (proxy.connections, receiver.connections) == (0, 1)
