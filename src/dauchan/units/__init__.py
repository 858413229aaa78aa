"""Dated administrative units, agencies and boundaries."""
