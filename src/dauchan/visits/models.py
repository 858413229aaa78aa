"""The ledger's one table that pages list: scans kept apart. Unmanaged, like all of the ledger (migration 0001)."""

from typing import ClassVar

from django.db import models


class KeptScan(models.Model):
    """A scan that fell outside the rules of its source, sealed under the day it came in, until someone decides."""

    id = models.UUIDField(primary_key=True)
    received_day = models.DateField()
    token = models.BinaryField(null=True)
    point_id = models.BigIntegerField()
    direction = models.SmallIntegerField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    credential = models.CharField(max_length=8)
    confidence = models.SmallIntegerField()
    body_hash = models.BinaryField()
    group_token = models.BinaryField(null=True)
    proxy_token = models.BinaryField(null=True)
    reason = models.CharField(max_length=20)
    state = models.CharField(max_length=8)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(default="")

    class Meta:
        managed = False
        db_table = "visits_kept"
        ordering: ClassVar = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"{self.reason} {self.state}"
