"""Whom messages go to, and what is in them."""

from email.message import EmailMessage
from typing import Any

from models import Channel
from resolvers.deliveries.deliveries import PlannedDelivery
from tests.support.office import Office

ARTS = "arts@school.example"
BOARD = "chair@board.example"


def text_of(mail: EmailMessage) -> list[str]:
    """The lines of its plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text.splitlines()


async def slot_message(office: Office, slot_id: int, content: dict[str, Any], **to: Any) -> int:
    """An e-mail about a slot."""
    planned = PlannedDelivery(f"slot:{slot_id}:{to}", Channel.EMAIL, slot_id=slot_id, content=content, **to)
    return (await office.plan(planned))[0]


def files_of(mail: EmailMessage) -> dict[str | None, Any]:
    """Its attachments by name."""
    return {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
