"""People: encrypted identity, passes, standings, aliases, reveal."""
