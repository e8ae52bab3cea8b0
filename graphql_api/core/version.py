"""Which version of Rollcall this is."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The version as installed."""
    try:
        return version("rollcall")
    except PackageNotFoundError:
        return "(not installed)"
