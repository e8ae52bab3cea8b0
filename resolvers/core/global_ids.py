"""Global ids as clients see them, for the layers below GraphQL that name things in links and webhook calls."""

from base64 import urlsafe_b64encode

from models import SubjectKind


def global_id_text(type_name: str, number: int) -> str:
    """base64url of `Type:number`; graphql_api/core/ids.py reads it back."""
    return urlsafe_b64encode(f"{type_name}:{number}".encode()).decode().rstrip("=")


def type_name_of(kind: SubjectKind) -> str:
    """The GraphQL type of a kind of subject."""
    return kind.title().replace("_", "")


def report_type_name_of(kind: SubjectKind) -> str:
    """The GraphQL type of a report on a kind of subject."""
    return f"{type_name_of(kind)}Report"


def open_path(type_name: str, number: int) -> str:
    """The path of the signed-in page that shows it; ROLLCALL_URL goes before it."""
    return f"/open/{global_id_text(type_name, number)}"
