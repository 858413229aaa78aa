"""Template tags of guides."""
