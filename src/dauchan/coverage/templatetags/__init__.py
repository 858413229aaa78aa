"""Template tags of the rollout."""
