"""The permission classes of subjects' fields: each a condition of resolvers/access/scope.py, read with the row."""

from typing import Any

from sqlalchemy import ColumnElement

from graphql_api.core.context import Info
from graphql_api.core.field_permission import FieldPermission
from resolvers.access.scope import WHO_MAY_CONTACT, contactable, measurable
from resolvers.access.viewers import Viewer


class SubjectPermission(FieldPermission):
    """A field that not everybody may read who may see the subject; `condition` says of which subjects they may."""

    @staticmethod
    def condition(viewer: Viewer) -> ColumnElement[bool]:
        """The subjects of which this viewer may read the field."""
        raise NotImplementedError


class MayContact(SubjectPermission):
    """E-mail addresses."""

    rule = f"Read by {WHO_MAY_CONTACT}."

    def allows(self, source: Any, info: Info, **_arguments: Any) -> bool:
        """Whether the viewer is over that person, or is that person."""
        return bool(source.row.may_contact)

    @staticmethod
    def condition(viewer: Viewer) -> ColumnElement[bool]:
        """The people whose addresses this viewer may read."""
        return contactable(viewer)


class MayMeasure(SubjectPermission):
    """Figures and reports of a trainer."""

    rule = "Read by ADMIN, PRINCIPAL, the head of the trainer's home department, and themselves."

    def allows(self, source: Any, info: Info, **_arguments: Any) -> bool:
        """Whether the viewer answers for that trainer, or is that trainer."""
        return bool(source.row.may_measure)

    @staticmethod
    def condition(viewer: Viewer) -> ColumnElement[bool]:
        """The trainers whose figures this viewer may read."""
        return measurable(viewer)
