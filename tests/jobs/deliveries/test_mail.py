"""Mail: what a message looks like, and handing it to a real mail server."""

import asyncio
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import pytest
from aiosmtplib.errors import SMTPDataError
from hypothesis import given
from hypothesis import strategies as st

from jobs.deliveries.email import Attachment, BadAddress, Mail, MailItem, compose, encoded_size
from jobs.deliveries.mail_server import _answered, hand_over
from jobs.deliveries.outcomes import Outcome
from models.settings import MailServer
from tests.support.certificates import Certificates
from tests.support.mailbox import Mailbox, mailbox

SENDER: Final = "reports@school.example"
AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAIL: Final = Mail(
    subject="3 reports are ready",
    to_name="Tara",
    to_address="tara@school.example",
    intro="Hello Tara, this is word from Rollcall.",
    items=[
        MailItem(
            "Painters <b>&</b>",
            ["Class group, 2026-03"],
            [("Attendance rate", "91.2%")],
            "https://reports.school.example/open/UmVwb3J0OjE",
        )
    ],
    notes=["You get this because you asked for it."],
)


def composed(mail: Mail = MAIL) -> EmailMessage:
    return compose(mail, message_id="msg_7_abc", sender=SENDER, at=AT)


def server(box: Mailbox, scheme: str = "smtp", user: str | None = None, password: str | None = None) -> MailServer:
    return MailServer(scheme, "127.0.0.1", box.port, user, password)


async def test_a_mail_has_the_headers_of_a_machine_and_both_forms() -> None:
    async with mailbox() as box:
        assert await hand_over(server(box), composed(), SENDER) == Outcome(250)
    (mail,), (envelope,) = box.mails, box.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["tara@school.example"])
    assert {name: mail[name] for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted")} == {
        "From": "Rollcall <reports@school.example>",
        "To": "Tara <tara@school.example>",
        "Subject": "3 reports are ready",
        "Date": "Sun, 01 Mar 2026 12:00:00 +0000",
        "Message-ID": "<msg_7_abc@school.example>",
        "Auto-Submitted": "auto-generated",
    }
    assert mail.get_content_type() == "multipart/alternative"
    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().splitlines() == [
        "Hello Tara, this is word from Rollcall.",
        "",
        "Painters <b>&</b>",
        "  Class group, 2026-03",
        "  Attendance rate: 91.2%",
        "  https://reports.school.example/open/UmVwb3J0OjE",
        "",
        "-- ",
        "You get this because you asked for it.",
    ]
    assert "Painters &lt;b&gt;&amp;&lt;/b&gt;" in rich.get_content()
    assert "http://" not in rich.get_content().replace("http://www.w3.org", "")


@pytest.mark.parametrize("name", ["Søren Ångström", "Ольга", "李雷", "محمد", 'Ann "the" \\ O\'Hara, jr.', "x" * 300])
async def test_names_in_any_script_arrive(name: str) -> None:
    mail = Mail(f"About {name}", name, "tara@school.example", name, [MailItem(name, [name])])
    async with mailbox() as box:
        assert await hand_over(server(box), composed(mail), SENDER) == Outcome(250)
    (got,) = box.mails
    assert got["To"].addresses[0].display_name == name
    assert got["Subject"] == f"About {name}"[:150]
    assert all(len(line) <= 998 for line in box.contents[0].split(b"\r\n"))


def test_a_name_cannot_add_a_header() -> None:
    evil = "Eve\r\nBcc: all@school.example\u2028\x00\u202e"
    message = composed(Mail(evil, evil, "tara@school.example", evil, [MailItem(evil)], [evil]))
    assert message["Bcc"] is None
    assert message["Subject"] == "Eve Bcc: all@school.example"
    assert message["To"].addresses[0].addr_spec == "tara@school.example"


@pytest.mark.parametrize(
    "address", ["", "tara", "tara@", "@school.example", "a@b\r\nBcc: c@d", "a b@c.example", "a@b, c@d"]
)
def test_what_is_no_address_is_none(address: str) -> None:
    with pytest.raises(BadAddress):
        composed(Mail("s", "Tara", address, "i"))


async def test_a_domain_in_another_script_is_written_as_mail_servers_know_it() -> None:
    message = composed(Mail("s", "Tara", "tara@bücher.example", "i"))
    assert message["To"].addresses[0].addr_spec == "tara@xn--bcher-kva.example"


async def test_an_address_in_another_script_needs_a_server_that_knows_it() -> None:
    message = composed(Mail("s", "Ольга", "ольга@school.example", "i"))
    async with mailbox() as box:
        assert await hand_over(server(box), message, SENDER) == Outcome(250)
    assert box.envelopes[0].rcpt_tos == ["ольга@school.example"]
    assert "To: Ольга <ольга@school.example>\r\n".encode() in box.contents[0]
    async with mailbox(enable_SMTPUTF8=False) as box:
        outcome = await hand_over(server(box), message, SENDER)
    assert outcome == Outcome(error="The mail server cannot take an address in that script.")
    assert box.mails == []


async def test_attachments_arrive_whole() -> None:
    content = bytes(range(256)) * 4_000
    mail = Mail(
        "s", "Tara", "tara@school.example", "i", attachments=[Attachment("März.pdf", "application/pdf", content)]
    )
    async with mailbox() as box:
        assert await hand_over(server(box), composed(mail), SENDER) == Outcome(250)
    (attached,) = box.mails[0].iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("März.pdf", "application/pdf")
    assert attached.get_content() == content


async def test_a_refusal_of_the_recipient_is_for_good_and_does_not_tell_the_address() -> None:
    async with mailbox() as box:
        box.recipient_answers = ["550 5.1.1 <tara@school.example> unknown here"]
        outcome = await hand_over(server(box), composed(), SENDER)
    assert outcome == Outcome(550, "The mail server refused the recipient: 550 5.1.1 <…> unknown here", permanent=True)
    assert box.mails == []


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"recipient_answers": ["451 4.2.1 try later"]}, "The mail server refused the recipient: 451 4.2.1 try later"),
        ({"data_answers": ["452 4.3.1 no room"]}, "The mail server refused the message: 452 4.3.1 no room"),
    ],
)
async def test_a_refusal_for_now_is_tried_again(answers: dict[str, list[str]], outcome: str) -> None:
    async with mailbox() as box:
        for name, value in answers.items():
            setattr(box, name, value)
        found = await hand_over(server(box), composed(), SENDER)
    assert (found.error, found.permanent, found.silent) == (outcome, False, False)


AT_SENDER: Final = {
    "550 5.1.8 no such domain": "refused the sender, ROLLCALL_MAIL_FROM",
    "553 5.7.1 not owned by user": "refused the sender, ROLLCALL_MAIL_FROM",
    "501 <reports@school.example> malformed": "refused the sender, ROLLCALL_MAIL_FROM",
    "451 4.1.8 no such domain just now": "refused the sender, ROLLCALL_MAIL_FROM",
    "530 5.7.0 sign in first": "asks for a user and password in ROLLCALL_SMTP_URL",
    "554 5.7.1 client host rejected": "refused to take mail",
    "555 5.5.4 unknown parameter": "refused to take mail",
    "452 4.3.1 no room": "refused to take mail",
    "550 5.4.6 loop": "refused to take mail",
}


@pytest.mark.parametrize(("answer", "cause"), AT_SENDER.items())
async def test_only_what_is_about_the_sender_blames_it(answer: str, cause: str) -> None:
    async with mailbox() as box:
        box.sender_answers = [answer]
        outcome = await hand_over(server(box), composed(), SENDER)
    # a wrong setting is mended within three days, and the mail goes then
    assert outcome == Outcome(int(answer[:3]), f"The mail server {cause}: {answer}")
    assert box.mails == []


SIZES: Final[list[tuple[str, str, bool]]] = [
    ("sender_answers", "552 message size exceeds fixed maximum message size", True),
    ("sender_answers", "552 5.3.4 too big", True),
    ("sender_answers", "452 4.3.1 message too large just now", False),
    ("sender_answers", "554 5.7.1 no", False),
    ("recipient_answers", "552 too much for this mailbox", True),
    ("recipient_answers", "552 5.2.2 mailbox full", False),
    ("recipient_answers", "550 5.2.3 <tara@school.example> may get less", True),
    ("recipient_answers", "554 5.1.1 size unknown here", False),
    ("data_answers", "552 5.3.4 Error: message file too big", True),
    ("data_answers", "554 Message is too large", True),
    ("data_answers", "523 5.2.3 too long", True),
    ("data_answers", "554 5.6.0 no", False),
]


@pytest.mark.parametrize(("stage", "answer", "for_its_size"), SIZES)
async def test_a_refusal_for_the_size_is_known_as_one(stage: str, answer: str, for_its_size: bool) -> None:
    async with mailbox() as box:
        assert await hand_over(server(box), composed(), SENDER) == Outcome(250)
        setattr(box, stage, [answer])
        outcome = await hand_over(server(box), composed(), SENDER)
    size = len(box.contents[0])
    assert outcome.too_large == (size if for_its_size else 0)
    if for_its_size:
        said = answer.replace("tara@school.example", "…")
        why = f"The mail server takes no mail of {size:,} bytes: {said}"
        assert outcome == Outcome(int(answer[:3]), why, permanent=True, too_large=size)
    assert len(box.mails) == 1


@pytest.mark.parametrize("room", [-1, 0])
async def test_a_mail_larger_than_the_server_says_it_takes_is_not_begun(room: int) -> None:
    async with mailbox() as box:
        assert await hand_over(server(box), composed(), SENDER) == Outcome(250)
    size = len(box.contents[0])
    async with mailbox(data_size_limit=size + room) as box:
        box.sender_answers = ["250 OK"] if room < 0 else []
        outcome = await hand_over(server(box), composed(), SENDER)
    why = f"The mail is too large for the mail server: it has {size:,} bytes, and the server takes {size - 1:,}."
    assert outcome == (Outcome(250) if room == 0 else Outcome(error=why, permanent=True, too_large=size))
    assert (len(box.mails), len(box.sender_answers)) == ((1, 0) if room == 0 else (0, 1))


@given(st.integers(0, 5_000))
def test_the_size_of_a_file_in_a_mail_is_known_before_it_is_read(count: int) -> None:
    mail = Mail("s", "Tara", "tara@school.example", "i", attachments=[Attachment("a", "text/csv", b"x" * count)])
    (file,) = composed(mail).iter_attachments()
    body = file.as_bytes(policy=SMTP).partition(b"\r\n\r\n")[2]
    assert encoded_size(count) == len(body)


def test_what_a_mail_server_answers_can_be_written_down() -> None:
    refused = SMTPDataError(554, "no\0 \udcff\u202e\r\n way")
    assert _answered(refused, "refused", "a@b.example").error == "The mail server refused: 554 no way"


async def test_a_message_that_is_refused_for_good_is_not_sent_again() -> None:
    async with mailbox() as box:
        box.data_answers = ["554 5.6.0 no"]
        outcome = await hand_over(server(box), composed(), SENDER)
    assert outcome == Outcome(554, "The mail server refused the message: 554 5.6.0 no", permanent=True)


async def test_a_dead_mail_server() -> None:
    async with mailbox() as box:
        pass
    outcome = await hand_over(server(box), composed(), SENDER)
    assert outcome == Outcome(error="The mail could not be handed over: nothing listens there.", silent=True)


async def test_a_mail_server_that_says_nothing() -> None:
    closing = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closing.wait()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    box = Mailbox(port=listening.sockets[0].getsockname()[1])
    outcome = await hand_over(server(box), composed(), SENDER, seconds=0.2)
    closing.set()
    listening.close()
    await listening.wait_closed()
    assert outcome == Outcome(error="The mail server did not answer in time.", silent=True)


async def test_starttls_signs_in_over_tls_only(certificates: Certificates) -> None:
    async with mailbox(tls_context=certificates.server("localhost"), require_starttls=True, auth_required=True) as box:
        given = MailServer("smtp+starttls", "localhost", box.port, "rollcall", "right")
        outcome = await hand_over(given, composed(), SENDER, tls=certificates.client())
        wrong = MailServer("smtp+starttls", "localhost", box.port, "rollcall", "wrong")
        refused = await hand_over(wrong, composed(), SENDER, tls=certificates.client())
        distrusted = await hand_over(given, composed(), SENDER)
    assert outcome == Outcome(250)
    assert box.sign_ins[0] == (b"rollcall", b"right")
    assert (refused.status, refused.permanent) == (535, False)
    assert refused.error is not None
    assert refused.error.startswith("The mail server refused the user or password of ROLLCALL_SMTP_URL: 535")
    assert distrusted.error is not None
    assert distrusted.error.startswith("The mail could not be handed over: its certificate was not accepted (")
    assert len(box.mails) == 1


async def test_a_server_without_tls_gets_nothing_where_tls_is_asked_for() -> None:
    async with mailbox() as box:
        outcome = await hand_over(server(box, "smtp+starttls"), composed(), SENDER)
    assert outcome.error == "The mail could not be handed over: SMTP STARTTLS extension not supported by server."
    assert box.mails == []


async def test_smtps_is_tls_from_the_first_byte(certificates: Certificates) -> None:
    async with mailbox(certificates.server("localhost")) as box:
        given = MailServer("smtps", "localhost", box.port)
        assert await hand_over(given, composed(), SENDER, tls=certificates.client()) == Outcome(250)
