"""The fast lane: one raw ASGI app that records scans durably, many requests to one commit."""
