"""What fields about deliveries and webhooks load together."""

from graphql_api.core.loaders import about_ids, by_ids
from resolvers.deliveries.deliveries import attempts_of
from resolvers.deliveries.webhooks import webhooks_by_ids

attempts = about_ids(attempts_of)
webhooks = by_ids(webhooks_by_ids)
