"""Handing one mail over to the mail server."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Final

import aiosmtplib
from aiosmtplib import errors

from jobs.deliveries.email import one_line
from jobs.deliveries.mail_refusals import PERMANENT, SIGN_IN_CODES, blames_sender, is_too_large
from jobs.deliveries.outcomes import Outcome
from models.settings import MailServer

CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
WHOLE_SECONDS: Final = 120.0
QUIT_SECONDS: Final = 2.0
LONGEST_TEXT: Final = 300


async def hand_over(
    server: MailServer,
    message: EmailMessage,
    sender: str,
    *,
    tls: ssl.SSLContext | None = None,
    seconds: float = WHOLE_SECONDS,
) -> Outcome:
    """Makes one attempt to have the message taken for the address in its To; only being cancelled raises."""
    recipient = message["To"].addresses[0].addr_spec
    # only an address in another script needs more than every mail server can do
    policy, options = (SMTP, []) if recipient.isascii() else (SMTPUTF8, ["SMTPUTF8"])
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.scheme == "smtps",
        start_tls=server.scheme == "smtp+starttls",
        tls_context=tls,
        timeout=min(ANSWER_SECONDS, seconds),
        local_hostname=sender.rpartition("@")[2],
    )
    size = 0
    try:
        async with asyncio.timeout(seconds):
            # a mail with files takes half a second to write out
            content = await asyncio.to_thread(message.as_bytes, policy=policy)
            size = len(content)
            await client.connect(timeout=min(CONNECT_SECONDS, seconds))
            most = await _most_bytes(client)
            if most and size > most:
                outcome = _too_large(size, most)
            else:
                await client.sendmail(sender, [recipient], content, mail_options=options)
                outcome = Outcome(250)
        # It is taken: whatever happens while we say goodbye must not have it sent a second time.
        with suppress(errors.SMTPException, OSError, TimeoutError):
            await client.quit(timeout=QUIT_SECONDS)
    except errors.SMTPRecipientsRefused as refused:
        return _refused(refused.recipients[0], recipient, size)
    except errors.SMTPResponseException as refused:
        return _refused(refused, recipient, size)
    except errors.SMTPNotSupported:
        return Outcome(error="The mail server cannot take an address in that script.")
    except TimeoutError:
        return Outcome(error="The mail server did not answer in time.", silent=True)
    except (errors.SMTPException, OSError) as error:
        return Outcome(error=f"The mail could not be handed over: {_why(error)}.", silent=True)
    finally:
        client.close()
    return outcome


async def _most_bytes(client: aiosmtplib.SMTP) -> int:
    """The size of the largest mail the server takes, as it says itself (RFC 1870); 0: it does not say."""
    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except errors.SMTPHeloError:
            if not client.is_connected:
                raise
            # it does not know EHLO: so it says nothing of itself, and is asked in the old way
    said = client.esmtp_extensions.get("size", "").strip()
    return int(said) if said.isascii() and said.isdigit() else 0


def _too_large(size: int, most: int) -> Outcome:
    why = f"The mail is too large for the mail server: it has {size:,} bytes, and the server takes {most:,}."
    return Outcome(error=why, permanent=True, too_large=size)


def _refused(refused: errors.SMTPResponseException, recipient: str, size: int) -> Outcome:
    """What an answer means. What the operator can mend is tried again: no mail is lost for a wrong setting."""
    if is_too_large(refused):
        what = f"takes no mail of {size:,} bytes"
        return replace(_answered(refused, what, recipient, permanent=True), too_large=size)
    match refused:
        case errors.SMTPRecipientRefused():
            return _answered(refused, "refused the recipient", recipient, permanent=True)
        case errors.SMTPDataError():
            return _answered(refused, "refused the message", recipient, permanent=True)
        case errors.SMTPSenderRefused() if refused.code in SIGN_IN_CODES:
            return _answered(refused, "asks for a user and password in ROLLCALL_SMTP_URL", recipient)
        case errors.SMTPSenderRefused() if blames_sender(refused):
            return _answered(refused, "refused the sender, ROLLCALL_MAIL_FROM", recipient)
        case errors.SMTPAuthenticationError():
            return _answered(refused, "refused the user or password of ROLLCALL_SMTP_URL", recipient)
    return _answered(refused, "refused to take mail", recipient)


def _answered(refused: errors.SMTPResponseException, what: str, recipient: str, *, permanent: bool = False) -> Outcome:
    """The answer without the address: who sees the log need not be allowed to read it."""
    # one line of what can be stored: a server may answer with any bytes
    text = one_line(str(refused.message).replace(recipient, "…"))[:LONGEST_TEXT]
    return Outcome(
        refused.code,
        f"The mail server {what}: {refused.code} {text}".rstrip(),
        permanent=permanent and refused.code in PERMANENT,
    )


def _why(error: BaseException) -> str:
    if isinstance(error, errors.SMTPServerDisconnected):
        return "it closed the connection"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate was not accepted ({cause.verify_message.rstrip('.')})"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS as it should"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there"
        cause = cause.__cause__ or cause.__context__
    # such as that it has no STARTTLS
    return error.message.rstrip(".") if type(error) is errors.SMTPException else "there is no way to it"
