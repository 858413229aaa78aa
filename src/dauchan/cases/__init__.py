"""Confirmed cases (F0) and their milestones."""
