"""The schema: one mixin of fields for each noun, put together here."""

from functools import cache

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, Undefined

import graphql_api.subject_reports  # noqa: F401 (joins subjects and their reports)
from graphql_api.alert_preferences import AlertPreferenceMutations, AlertPreferenceQueries
from graphql_api.alert_rules import AlertRuleMutations, AlertRuleQueries
from graphql_api.alerts import AlertMutations, AlertQueries
from graphql_api.branding import BrandingMutations
from graphql_api.compare import CompareQueries
from graphql_api.deliveries import DeliveryMutations, DeliveryQueries
from graphql_api.export_requests import ExportMutations
from graphql_api.exports import ExportQueries
from graphql_api.nodes import NodeQueries
from graphql_api.operations import OperationSchema
from graphql_api.plain_fields import PlainFieldExecutor, mark_plain_fields
from graphql_api.policy_update import PolicyMutations
from graphql_api.ranking import RankingQueries
from graphql_api.report_queries import ReportMutations, ReportQueries
from graphql_api.reports import REPORT_TYPES
from graphql_api.runs import RunMutations, RunQueries
from graphql_api.schedules import ScheduleMutations, ScheduleQueries
from graphql_api.subject_queries import SubjectQueries
from graphql_api.subjects import TYPES
from graphql_api.subscriptions import Subscription
from graphql_api.viewer import ViewerQueries
from graphql_api.webhooks import WebhookMutations, WebhookQueries


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
