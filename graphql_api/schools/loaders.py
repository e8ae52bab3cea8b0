"""What fields about schools' own settings load together."""

from graphql_api.core.loaders import about_ids
from resolvers.schools.branding import brandings_of_schools
from resolvers.schools.policy_update import rules_of_schools

rules = about_ids(rules_of_schools)
brandings = about_ids(brandings_of_schools)
