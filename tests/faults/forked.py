"""Imported by the process that workers are forked from: all that a worker would import in its first second of work."""

from sqlalchemy.orm import configure_mappers

import tests.faults.happening  # noqa: F401
from exporters import all_formats
from jobs.work.registry import tasks

all_formats()
tasks()
configure_mappers()
