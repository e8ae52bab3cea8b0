"""Rollcall's own PostgreSQL and Redis: two commands on a fresh machine, and no service to install.

`running_servers` is the way in. Both servers keep what is theirs under the data directory, listen on unix sockets that
only we can reach, and live as long as somebody uses them: the first process starts them, the last one out stops them.
`DATABASE_URL` and `REDIS_URL`, where set, are passed through and nothing is started for them; then nothing of the extra
`embedded` needs to be installed, and nothing that only Unix has is imported.
"""

from models.embedded.place import Addresses, Place, ServerStartError
from models.embedded.servers import running_servers, still_running

__all__ = ["Addresses", "Place", "ServerStartError", "running_servers", "still_running"]
