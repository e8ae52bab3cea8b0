"""What every noun of the schema is written with: ids, connections, enums, errors, permissions, loading."""
