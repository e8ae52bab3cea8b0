"""What an operator can set: one table of environment variables, read once into a frozen `Settings`.

`table` declares them, `declaring` says what a declaration is, and `reading` reads them; `values`, `addresses`, `bucket`
and `mail` are the readers of single values, `page` is the table for people, and `signing` keeps the key of an
installation that sets none. `traces` looks whether OpenTelemetry's own variables ask for it. Importing this package
reads nothing.
"""

from models.settings.addresses import Network
from models.settings.bucket import Bucket
from models.settings.declaring import Setting
from models.settings.mail import MailServer
from models.settings.page import settings_page
from models.settings.reading import load_settings, variables_set
from models.settings.signing import signing_secret
from models.settings.table import SETTINGS, Settings
from models.settings.traces import traces_wanted
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
    "settings_page",
    "signing_secret",
    "traces_wanted",
    "variables_set",
]
