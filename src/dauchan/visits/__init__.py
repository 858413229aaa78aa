"""Scans, the fast lane that records them, and the visits derived from them."""
