"""Units, what became of them, where they lie, and the agencies that sit in them.

A row of `Unit` is one unit of one dated list, never changed by a later list: a merger or a new name makes new rows and
closes the old ones. Which old row belongs to which new one is `UnitSuccession`.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    PROVINCE = "province", _("Cấp tỉnh")
    DISTRICT = "district", _("Cấp huyện")
    COMMUNE = "commune", _("Cấp xã")


class UnitKind(models.TextChoices):
    PROVINCE = "tỉnh", _("Tỉnh")
    CITY = "thành phố", _("Thành phố")
    URBAN_DISTRICT = "quận", _("Quận")
    RURAL_DISTRICT = "huyện", _("Huyện")
    TOWN = "thị xã", _("Thị xã")
    WARD = "phường", _("Phường")
    COMMUNE = "xã", _("Xã")
    TOWNSHIP = "thị trấn", _("Thị trấn")
    SPECIAL_ZONE = "đặc khu", _("Đặc khu")


class Unit(models.Model):
    """One administrative unit as one list has it, from `valid_from` until before `valid_to`."""

    code = models.CharField(max_length=5)
    level = models.CharField(max_length=8, choices=Level)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=UnitKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=20)
    full_name = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    search_key = models.CharField(max_length=240)
    name_key = models.CharField(max_length=80)
    sort_key = models.CharField(max_length=200)
    population = models.PositiveIntegerField(null=True)
    area_km2 = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    found_by: str = ""
    """How a search came to this unit when not by its present name: the full name of an earlier or later unit."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["path", "valid_from"], name="unit_once_a_list"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="unit_level_known"),
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.CheckConstraint(condition=Q(code__regex=r"^([0-9]{2}|[0-9]{3}|[0-9]{5})$"), name="unit_code_digits"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="unit_days_forward"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True, level="province") | Q(parent__isnull=False), name="unit_has_parent"
            ),
        ]
        indexes = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="unit_search"),  # search_units
            models.Index(fields=["code", "valid_from"], name="unit_code"),  # unit_by_code
            models.Index(fields=["parent", "sort_key", "id"], name="unit_children"),  # children, page by page
        ]

    def __str__(self) -> str:
        return self.full_name


class UnitSuccession(models.Model):
    """`new` took over the area of `old`, or a part of it, on the day `new` began."""

    old = models.ForeignKey(Unit, models.PROTECT, related_name="later")
    new = models.ForeignKey(Unit, models.PROTECT, related_name="earlier")
    divided = models.BooleanField()
    share = models.FloatField(null=True)
    continues = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="succession_once"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="succession_of_another"),
            models.CheckConstraint(
                condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=1), name="succession_share_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_id} -> {self.new_id}"


class UnitBoundary(models.Model):
    """The simplified outline of a unit, as GeoJSON text (WGS84, longitude before latitude), with its box."""

    unit = models.OneToOneField(Unit, models.CASCADE, primary_key=True, related_name="boundary")
    geojson = models.TextField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    def __str__(self) -> str:
        return f"{self.unit_id}"


class AgencyKind(models.TextChoices):
    """What a body is, in the words with which a province's letters name their addressees."""

    COMMITTEE = "committee", _("Ủy ban nhân dân")
    COMMITTEE_OFFICE = "committee_office", _("Văn phòng Ủy ban nhân dân")
    COUNCIL_OFFICE = "council_office", _("Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân")
    PARTY_BOARD = "party_board", _("Ban Đảng")
    PARTY_OFFICE = "party_office", _("Văn phòng cấp ủy")
    PARTY_COMMITTEE = "party_committee", _("Huyện ủy, thành ủy, đảng ủy")
    MASS_ORGANISATION = "mass_organisation", _("Tổ chức chính trị - xã hội")
    DEPARTMENT = "department", _("Sở, ban, ngành")
    CULTURE_OFFICE = "culture_office", _("Phòng Văn hóa và Thông tin")
    NEWSPAPER = "newspaper", _("Báo")
    BROADCASTER = "broadcaster", _("Đài Phát thanh và Truyền hình")
    PORTAL_BOARD = "portal_board", _("Ban biên tập cổng thông tin điện tử")
    PUBLIC_SERVICE = "public_service", _("Đơn vị sự nghiệp công lập")
    ENTERPRISE = "enterprise", _("Doanh nghiệp, hợp tác xã")
    OTHER = "other", _("Cơ quan khác")


class Sector(models.TextChoices):
    """A field of work: an agency manages one, the setting of a place belongs to one."""

    ADMINISTRATION = "administration", _("Cơ quan nhà nước")
    HEALTH = "health", _("Y tế")
    EDUCATION = "education", _("Giáo dục")
    TRADE = "trade", _("Công thương")
    TRANSPORT = "transport", _("Giao thông")
    CULTURE = "culture", _("Văn hóa, thể thao, du lịch")
    FINANCE = "finance", _("Ngân hàng, bưu chính")
    RELIGION = "religion", _("Tôn giáo, tín ngưỡng")
    SECURITY = "security", _("Công an, quân đội")
    HOUSING = "housing", _("Khu dân cư")
    OTHER = "other", _("Lĩnh vực khác")


class Agency(models.Model):
    """A body that answers for places: a department, a committee, a school board. Dated like a unit.

    It belongs to `parent`. A People's Committee governs its `unit`: what lies there and has no agency is its business.
    Once dissolved, `successor` is who took over, if a hand-over was confirmed.
    """

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=AgencyKind)
    sector = models.CharField(max_length=14, choices=Sector, default=Sector.ADMINISTRATION)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="agencies")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="predecessors")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    search_key = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "search_key", "valid_from"], name="agency_once_a_unit"),
            models.CheckConstraint(condition=Q(kind__in=AgencyKind.values), name="agency_kind_known"),
            models.CheckConstraint(condition=Q(sector__in=Sector.values), name="agency_sector_known"),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | Q(valid_to__isnull=False), name="agency_succeeded_once_closed"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="agency_days_forward"
            ),
        ]
        indexes = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="agency_search"),  # search_agencies
        ]

    def __str__(self) -> str:
        return self.name


class Guidance(models.Model):
    """`guide` sees how `guided` gets on and urges it, from `valid_from` until before `valid_to`; it manages nothing.

    A department guides the districts' culture offices, and those their communes: guidance goes on downwards.
    """

    guide = models.ForeignKey(Agency, models.PROTECT, related_name="guides")
    guided = models.ForeignKey(Agency, models.PROTECT, related_name="guided_by")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guide", "guided", "valid_from"], name="guidance_once"),
            models.CheckConstraint(condition=~Q(guide=F("guided")), name="guidance_of_another"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="guidance_days_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guide_id} -> {self.guided_id}"
