"""The embedded PostgreSQL: one cluster for one data directory, run as a child of whoever started it."""

from dauchan.cli._postgres.cluster import Cluster, Running, Status
from dauchan.cli._postgres.problems import ClusterProblem

__all__ = ["Cluster", "ClusterProblem", "Running", "Status"]
