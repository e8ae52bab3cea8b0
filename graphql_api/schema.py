"""The schema: one mixin of fields for each noun, put together here."""

from functools import cache

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined

import graphql_api.exports.of_reports
import graphql_api.reports.of_subjects
import graphql_api.schools.of_subjects  # noqa: F401 (these three join fields to the types of rooms below)
from graphql_api.alerts.alerts import AlertMutations, AlertQueries
from graphql_api.alerts.preferences import AlertPreferenceMutations, AlertPreferenceQueries
from graphql_api.alerts.rules import AlertRuleMutations, AlertRuleQueries
from graphql_api.core.nodes import NodeQueries
from graphql_api.deliveries.deliveries import DeliveryMutations, DeliveryQueries
from graphql_api.deliveries.webhooks import WebhookMutations, WebhookQueries
from graphql_api.exports.mutations import ExportMutations
from graphql_api.exports.types import ExportQueries
from graphql_api.operations.plain_fields import PlainFieldExecutor, mark_plain_fields
from graphql_api.operations.running import OperationSchema
from graphql_api.reports.queries import ReportMutations, ReportQueries
from graphql_api.reports.runs import RunMutations, RunQueries
from graphql_api.reports.types import REPORT_TYPES
from graphql_api.schedules.fields import ScheduleMutations, ScheduleQueries
from graphql_api.schools.branding_mutations import BrandingMutations
from graphql_api.schools.policy_mutations import PolicyMutations
from graphql_api.subjects.compare import CompareQueries
from graphql_api.subjects.interface import TYPES
from graphql_api.subjects.queries import SubjectQueries
from graphql_api.subjects.ranking import RankingQueries
from graphql_api.subjects.viewer import ViewerQueries
from graphql_api.subscriptions import Subscription


@strawberry.type(description="Everything that can be read. What the viewer may not see does not exist.")
class Query(
    ViewerQueries,
    NodeQueries,
    SubjectQueries,  # type: ignore[misc]  # made from a list of fields
    CompareQueries,
    RankingQueries,
    ReportQueries,
    RunQueries,
    ExportQueries,
    ScheduleQueries,
    AlertQueries,
    AlertPreferenceQueries,
    AlertRuleQueries,
    WebhookQueries,
    DeliveryQueries,
):
    """Everything that can be read."""


@strawberry.type(description="Everything that can be done. What cannot be done is answered in `userErrors`.")
class Mutation(
    ReportMutations,
    RunMutations,
    ExportMutations,
    ScheduleMutations,
    PolicyMutations,
    BrandingMutations,
    AlertMutations,
    AlertPreferenceMutations,
    AlertRuleMutations,
    WebhookMutations,
    DeliveryMutations,
):
    """Everything that can be done."""


@cache
def build_schema() -> OperationSchema:
    """The one schema of the process."""
    schema = OperationSchema(Query, Mutation, Subscription, types=(*TYPES.values(), *REPORT_TYPES.values()))
    _leave_out_null_defaults(schema._schema)
    mark_plain_fields(schema._schema)
    schema.execution_context_class = PlainFieldExecutor
    return schema


def _leave_out_null_defaults(schema: GraphQLSchema) -> None:
    """`first: Int = null` says no more than `first: Int`."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            for field in type_.fields.values():
                if field.default_value is None:
                    field.default_value = Undefined
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for output in type_.fields.values():
                for argument in output.args.values():
                    if argument.default_value is None:
                        argument.default_value = Undefined
