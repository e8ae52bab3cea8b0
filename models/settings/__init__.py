"""What an operator can set: one table of environment variables, read once into a frozen `Settings`.

`table` declares them and `reading` reads them; `values`, `addresses`, `bucket` and `mail` say what each kind may hold,
and `signing` keeps the key of an installation that sets none. Importing this package reads nothing.
"""

from models.settings.addresses import Network
from models.settings.bucket import Bucket
from models.settings.mail import MailServer
from models.settings.reading import Settings, load_settings
from models.settings.signing import signing_secret
from models.settings.table import SETTINGS, Setting
from models.settings.values import SettingsError

__all__ = [
    "SETTINGS",
    "Bucket",
    "MailServer",
    "Network",
    "Setting",
    "Settings",
    "SettingsError",
    "load_settings",
    "signing_secret",
]
