"""What every noun of the schema is written with. Enums get their GraphQL form first, whatever is imported first."""

import graphql_api.core.vocabulary
import graphql_api.core.vocabulary_of_work  # noqa: F401
