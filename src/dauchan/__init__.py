"""Dấu Chân: contact tracing, health check-in and outbreak coverage for a province."""
