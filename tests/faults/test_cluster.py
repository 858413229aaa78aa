"""The embedded PostgreSQL when things go wrong around it."""
