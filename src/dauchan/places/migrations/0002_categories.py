"""The settings that places are of, with how long people stay in each.

All minutes here are our own choice, from daily life and not from a study: `default` is the stay assumed when nobody
scanned out, `longest` the bound of the possible stay. They are dated rows, so that a province can put its own figures
beside them from a day on without changing past visits.
"""

from datetime import date
from typing import Any

from django.db import migrations

SINCE_ALWAYS = date(1900, 1, 1)
SOURCE = "Dấu Chân's own choice, version 1; not from a study"
# code, Vietnamese, English, indoors, sector, default minutes, longest minutes
SETTINGS = (
    ("market", "Chợ", "Market", False, "trade", 45, 240),
    ("supermarket", "Siêu thị, trung tâm thương mại", "Supermarket, shopping centre", True, "trade", 60, 240),
    ("restaurant", "Nhà hàng, quán ăn", "Restaurant, eatery", True, "trade", 60, 240),
    ("cafe", "Quán cà phê, giải khát", "Café", True, "trade", 60, 240),
    ("hospital", "Bệnh viện", "Hospital", True, "health", 240, 1440),
    ("clinic", "Phòng khám, trạm y tế", "Clinic, health station", True, "health", 60, 300),
    ("pharmacy", "Nhà thuốc", "Pharmacy", True, "health", 15, 60),
    ("school", "Trường học, nhà trẻ", "School, nursery", True, "education", 300, 720),
    ("office", "Cơ quan, văn phòng", "Office", True, "administration", 480, 840),
    ("bank", "Ngân hàng, bưu điện", "Bank, post office", True, "finance", 30, 120),
    ("station", "Bến xe, nhà ga, sân bay, bến cảng", "Bus or railway station, airport, port", True, "transport", 45, 300),
    ("vehicle", "Phương tiện chở khách", "Passenger vehicle", True, "transport", 120, 1440),
    ("hotel", "Khách sạn, nhà nghỉ", "Hotel, guest house", True, "culture", 720, 1440),
    ("factory", "Nhà máy, khu công nghiệp", "Factory, industrial zone", True, "trade", 540, 840),
    ("religious", "Cơ sở tôn giáo, tín ngưỡng", "Place of worship", True, "religion", 90, 300),
    ("sports", "Cơ sở thể thao", "Sports facility", True, "culture", 90, 240),
    ("hairdresser", "Cắt tóc, làm đẹp, xoa bóp", "Hairdresser, beauty, massage", True, "trade", 60, 240),
    ("entertainment", "Karaoke, quán bar, rạp chiếu phim, trò chơi", "Karaoke, bar, cinema, games", True, "culture", 120, 420),
    ("event", "Nơi tổ chức sự kiện, hội họp, đám tiệc", "Event hall, meetings, banquets", True, "culture", 180, 480),
    ("quarantine", "Cơ sở cách ly tập trung", "Quarantine site", True, "health", 1440, 2880),
    ("residence", "Chung cư, khu dân cư", "Residential block", True, "housing", 720, 1440),
    ("checkpoint", "Chốt kiểm soát", "Checkpoint", False, "security", 5, 30),
    ("shop", "Cửa hàng", "Shop", True, "trade", 20, 120),
    ("other", "Nơi khác", "Other", True, "other", 60, 480),
)


def seed(apps: Any, schema_editor: Any) -> None:
    category, stay = apps.get_model("places", "Category"), apps.get_model("places", "CategoryStay")
    for position, (code, name_vi, name_en, is_indoor, sector, default, longest) in enumerate(SETTINGS, 1):
        row = category.objects.create(
            code=code, name_vi=name_vi, name_en=name_en, is_indoor=is_indoor, sector=sector, position=position
        )
        stay.objects.create(
            category=row,
            valid_from=SINCE_ALWAYS,
            default_stay_minutes=default,
            longest_stay_minutes=longest,
            source=SOURCE,
        )


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
