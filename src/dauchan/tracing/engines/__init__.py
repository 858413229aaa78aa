"""Engines answer the named questions of `base`; what is made of the answers is written once, in `base`."""
