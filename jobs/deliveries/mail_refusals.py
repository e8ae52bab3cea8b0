"""What a mail server means by a refusal: the size of a message, its sender, or anything else."""

import re
from typing import Final

from aiosmtplib import errors

PERMANENT: Final = range(500, 600)
SIGN_IN_CODES: Final = frozenset({530, 534, 535, 538})
"""RFC 4954: a sign-in is asked for, or one of another sort."""
# RFC 3463: the reason at the begin of an answer, without its class
_REASON: Final = re.compile(r"\s*[245]\.(\d{1,3}\.\d{1,3})(?![\d.])", re.ASCII)
# RFC 3463: 2.3 more than the receiver may get, 3.4 more than the server takes
_TOO_LARGE: Final = frozenset({"2.3", "3.4"})
# RFC 1870 has 552 for a message that is too large, RFC 5321 also for a mailbox that is full; 554 says no and nothing
# else: then their words tell
_SIZE_CODE: Final = 552
_ANY_CODE: Final = 554
_SIZE_IN_WORDS: Final = re.compile(r"\btoo (large|big|long)\b|\bsize\b", re.IGNORECASE)
# RFC 3463: 1.7 and 1.8 are wrong addresses of senders; RFC 5321: the codes by which an address is refused
_OF_SENDER: Final = frozenset({"1.7", "1.8"})
_ADDRESS_CODES: Final = frozenset({501, 550, 551, 553})
_ADDRESS_REASONS: Final = frozenset({"", "0.0", "1.0", "7.1"})


def is_too_large(error: errors.SMTPResponseException) -> bool:
    """Whether a message was refused for its size, and for good; at whatever stage."""
    if error.code not in PERMANENT:
        return False
    reason, in_words = _reason(error), _SIZE_IN_WORDS.search(error.message) is not None
    if reason in _TOO_LARGE:
        return True
    if error.code == _SIZE_CODE:
        return in_words or reason.partition(".")[0] in ("", "0", "3")
    # the words about a recipient may hold their address, and so anything
    return error.code == _ANY_CODE and in_words and not isinstance(error, errors.SMTPRecipientRefused)


def blames_sender(error: errors.SMTPSenderRefused) -> bool:
    """Whether it is the address that was refused at MAIL FROM, and not the mail, the connection or the sign-in."""
    reason = _reason(error)
    return reason in _OF_SENDER or (error.code in _ADDRESS_CODES and reason in _ADDRESS_REASONS)


def _reason(error: errors.SMTPResponseException) -> str:
    found = _REASON.match(error.message)
    return found[1] if found else ""
