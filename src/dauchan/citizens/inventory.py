"""This slice keeps nothing of its own: codes and devices are the people slice's, scans are the ledger's."""

from dauchan.kernel.inventory import Table

TABLES: tuple[Table, ...] = ()
