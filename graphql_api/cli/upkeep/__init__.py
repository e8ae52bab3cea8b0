"""Looking after an installation: accounts, house style, schema, and whether all is well."""
