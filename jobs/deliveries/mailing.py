"""The verb behind an e-mail: that of every delivery (`delivering`), in slots of its own."""

from typing import Final

from jobs.deliveries.delivering import DELAYS, MAIL, SECONDS, failed, run
from jobs.work.task import Verb

VERB: Final = Verb(kind=MAIL, run=run, failed=failed, seconds=SECONDS, delays=DELAYS, at_most=2)
