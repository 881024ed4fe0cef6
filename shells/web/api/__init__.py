"""The back end: a list in PostgreSQL, and a copy of it in Redis."""
