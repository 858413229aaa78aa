"""Rulesets and engines: encounters become proposals, an officer makes contacts."""
