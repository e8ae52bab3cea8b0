"""Expected failures: a code and a sentence that names the field and says what would be right."""

from enum import StrEnum


class ProblemCode(StrEnum):
    """What kind of thing is wrong with what was asked."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    EMPTY = "EMPTY"


class Refusal(Exception):  # noqa: N818 (it is data for the caller, not a fault)
    """What was asked cannot be done; nothing has been changed. `field` is the path of the argument at fault."""

    def __init__(self, message: str, field: tuple[str, ...] = (), code: ProblemCode = ProblemCode.INVALID) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code

    def __str__(self) -> str:
        return f"{'.'.join(self.field)}: {self.message}" if self.field else self.message
