"""What people ask about their own data, with the days by which it must be answered and done."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dauchan.accounts.models import Officer
from dauchan.people.models import Person


class Kind(models.TextChoices):
    SEE = "see", _("Xem, lấy bản sao dữ liệu")
    CORRECT = "correct", _("Sửa dữ liệu sai")
    RESTRICT = "restrict", _("Hạn chế sử dụng dữ liệu")
    ERASE = "erase", _("Xóa dữ liệu về tôi")


class Outcome(models.TextChoices):
    DONE = "done", _("Đã làm xong")
    REFUSED = "refused", _("Không làm được, có lý do")


class DataRequest(models.Model):
    """One request; its words are sealed under the person's key, and go with it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    answer_by = models.DateField()
    do_by = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    extended_at = models.DateTimeField(null=True)
    extended_why = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=8, blank=True, choices=Outcome)
    outcome_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="data_request_kind"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome="")
                | Q(closed_at__isnull=False, outcome__in=Outcome.values),
                name="data_request_outcome",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-made_at"], name="data_request_mine"),  # requests_of
            models.Index(fields=["do_by", "id"], condition=Q(closed_at__isnull=True), name="data_request_open"),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
