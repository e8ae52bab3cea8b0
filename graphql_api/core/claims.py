"""What a valid access token says."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """Who, since when, until when."""

    user_id: int
    issued_at: datetime
    expires_at: datetime
