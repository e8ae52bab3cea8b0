"""Headers of mail hold what they are set to and nothing else, whatever is in a name: read from what arrived, raw."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs.deliveries.email import Attachment, BadAddress, Mail, MailItem, compose, header_text
from jobs.deliveries.mail_server import hand_over
from jobs.deliveries.outcomes import Outcome
from models.settings import MailServer, SettingsError, load_settings
from tests.support.mailbox import mailbox

SENDER: Final = "reports@school.example"
HEADERS: Final = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "List-Unsubscribe",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]
OF_A_FILE: Final = ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"]
SPELT: Final = "=?utf-8?q?Pay=0d=0aReply-To=3A_eve=40other.example?="
WRAPPED: Final = "=?utf-8?b?UGF5DQpSZXBseS1UbzogZXZlQG90aGVyLmV4YW1wbGUNCg0KYm9keQ==?="

PAYLOADS: Final = st.text("ab =0d0A?_\r\n:\x00é\u2028", max_size=30)


def _q(text: str) -> str:
    return "".join(f"={byte:02x}" for byte in text.encode())


@st.composite
def encoded_words(draw: st.DrawFn) -> str:
    """Encoded words of RFC 2047, whole and broken, with lines of headers in them, within other text."""
    charset = draw(st.sampled_from(["utf-8", "UTF-8*en", "us-ascii", "latin-1", "x-unknown", ""]))
    inner = draw(st.sampled_from([_q("Pay\r\nBcc: eve@other.example\r\n\r\nbody"), "UGF5DQpCY2M6IGE=", SPELT]))
    text = draw(PAYLOADS)
    word = f"=?{charset}?{draw(st.sampled_from('qQbBx'))}?{draw(st.sampled_from([inner, _q(text), text]))}?="
    return draw(PAYLOADS) + draw(st.sampled_from(["", "=", '"', "\\", " ", "==?"])) + word + draw(PAYLOADS)


def received(name: str) -> tuple[bytes, str, str]:
    """What the mail server took of a mail with that name wherever a name may stand; its subject, and who it is to."""
    mail = Mail(
        name,
        name,
        "tara@school.example",
        name,
        [MailItem(name, [name], [(name, name)])],
        [name],
        reply_to="head@school.example",
        attachments=[Attachment(f"{name}.csv", "text/csv", b"a,b\n")],
    )

    async def send() -> tuple[bytes, str, str]:
        message = compose(mail, message_id="msg_7_abc", sender=SENDER, at=datetime(2026, 3, 1, tzinfo=UTC))
        async with mailbox() as box:
            assert await hand_over(MailServer("smtp", "127.0.0.1", box.port), message, SENDER) == Outcome(250)
        return box.contents[0], box.mails[0]["Subject"], box.mails[0]["To"].addresses[0].display_name

    return asyncio.run(send())


def names_of(head: bytes) -> list[str]:
    """The names of the headers of a block, by nothing but its lines."""
    return [line.partition(b":")[0].decode("ascii") for line in head.split(b"\r\n") if line[:1] not in b" \t"]


def check(raw: bytes) -> None:
    """Refuses a header that nobody set, in the mail and in its file."""
    head, _, body = raw.partition(b"\r\n\r\n")
    assert names_of(head) == HEADERS
    boundary = head.rpartition(b'boundary="')[2].rstrip(b'"\r\n')
    _, _, file, end = body.split(b"--" + boundary)
    assert end.strip() == b"--"
    assert sorted(names_of(file.removeprefix(b"\r\n").partition(b"\r\n\r\n")[0])) == sorted(OF_A_FILE)


@pytest.mark.parametrize("name", [SPELT, WRAPPED, f'Ann "{SPELT}"', f"={SPELT}", f"a{WRAPPED}b"])
def test_an_encoded_word_in_a_name_stays_text(name: str) -> None:
    raw, subject, to = received(name)
    check(raw)
    # where a line is folded there is a space more
    assert (subject.strip(), to.strip()) == (header_text(name)[:150], header_text(name))
    assert "=?" not in header_text(name)


# each example is a mail that a server takes: on a busy machine that is slow, and nothing is wrong
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(encoded_words() | st.lists(encoded_words(), min_size=2, max_size=3).map(" ".join))
@example("=")
@example("=\u200b?utf-8?q?a=0d=0aBcc: b?=")
def test_no_name_adds_a_header(name: str) -> None:
    raw, _, _ = received(name)
    check(raw)


@pytest.mark.parametrize("local", ["=?utf-8?q?a=0d=0aBcc=3aeve?=", "a=?utf-8?b?DQpCY2M6IGE=?="])
def test_an_address_that_spells_an_encoded_word_is_none(local: str) -> None:
    address, at = f"{local}@school.example", datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(BadAddress):
        compose(Mail("s", "Tara", address, "i"), message_id="m", sender=SENDER, at=at)
    with pytest.raises(BadAddress):
        compose(Mail("s", "", "tara@school.example", "i", reply_to=address), message_id="m", sender=SENDER, at=at)
    with pytest.raises(SettingsError):
        load_settings({"ROLLCALL_MAIL_FROM": address})
