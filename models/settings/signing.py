"""The key that tokens and links are signed with."""

import os
import secrets

from models.settings.table import Settings


def signing_secret(settings: Settings) -> str:
    """The key that signs tokens and links: the one set, else a random one kept in the data directory (mode 600)."""
    if settings.secret:
        return settings.secret
    path = settings.data / "secret"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        # Written whole under another name, then linked into place: of two processes that begin together one wins
        # and neither reads half a key.
        draft = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
