"""Outgoing messages through sealed recipient envelopes, and the budgets that bound what anybody can cause."""
