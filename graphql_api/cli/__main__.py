"""`python -m graphql_api.cli` is `rollcall`."""

from graphql_api.cli import main

main()
