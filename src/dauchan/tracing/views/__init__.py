"""The pages of tracing: a case's own, confirming and dating it, deciding, call sheets."""
