"""One at a time: the lock of everybody who changes what sums are kept of, and then recomputes them.

Two such changes at once would each count without the other's rows, and what the later one keeps would be short of them.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from resolvers.core.problems import ProblemCode, Refusal

# any number
_LOCK: Final = 7_265_552
_HOLD: Final = f"select pg_advisory_xact_lock({_LOCK})"
_LOCK_NOT_AVAILABLE: Final = "55P03"


async def hold_sums(session: AsyncSession) -> None:
    """Waits until no other transaction holds the sums, and holds them until this one ends.

    What follows in the transaction sees all that was committed before: READ COMMITTED, where every statement looks
    anew. A snapshot is older than the lock it waited for, so for such a transaction this is a RuntimeError.
    """
    isolation = await session.scalar(text("select current_setting('transaction_isolation')"))
    if isolation != "read committed":
        raise RuntimeError(f"parts are recomputed in READ COMMITTED, not in {str(isolation).upper()}")
    await session.execute(text(_HOLD))


async def hold_parts_soon(session: AsyncSession, seconds: float) -> None:
    """As `hold_sums`, for somebody who waits for the answer. Refusal: another held them for all that time."""
    try:
        async with session.begin_nested():
            await session.execute(text(f"set local lock_timeout = {round(1000 * seconds)}"))
            await hold_sums(session)
            await session.execute(text("set local lock_timeout to default"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        message = "source data is being imported: nothing has been changed, try again when that has ended"
        raise Refusal(message, code=ProblemCode.CONFLICT) from None
