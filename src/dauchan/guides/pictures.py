"""The pictograms of guides: icons of Tabler (MIT), the same line and size in pages and on paper.

On paper they are taken out of the very sprite that pages show, so that no second copy can differ from the first.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Picture:
    """One pictogram, and what officers call it when they choose it."""

    icon: str
    name: Any


_ALL = (
    Picture(icon="scan", name=_("Quét mã")),
    Picture(icon="qrcode", name=_("Mã QR")),
    Picture(icon="device-mobile", name=_("Điện thoại")),
    Picture(icon="device-mobile-off", name=_("Không có điện thoại")),
    Picture(icon="phone", name=_("Gọi điện")),
    Picture(icon="message", name=_("Tin nhắn")),
    Picture(icon="id", name=_("Thẻ, giấy tờ")),
    Picture(icon="door-enter", name=_("Vào cửa")),
    Picture(icon="door-exit", name=_("Ra cửa")),
    Picture(icon="clipboard-text", name=_("Phiếu giấy")),
    Picture(icon="printer", name=_("In")),
    Picture(icon="ruler-2", name=_("Đo cỡ")),
    Picture(icon="map-pin", name=_("Địa điểm")),
    Picture(icon="building-store", name=_("Cửa hàng")),
    Picture(icon="building", name=_("Cơ quan")),
    Picture(icon="building-community", name=_("Khu dân cư")),
    Picture(icon="home", name=_("Nhà")),
    Picture(icon="school", name=_("Trường học")),
    Picture(icon="bus", name=_("Xe")),
    Picture(icon="bed", name=_("Phòng ngủ")),
    Picture(icon="users", name=_("Nhiều người")),
    Picture(icon="user-plus", name=_("Thêm người")),
    Picture(icon="user-check", name=_("Người phụ trách")),
    Picture(icon="help", name=_("Hỏi cán bộ")),
    Picture(icon="eye", name=_("Xem")),
    Picture(icon="eye-off", name=_("Che, không cho xem")),
    Picture(icon="lock", name=_("Giữ kín")),
    Picture(icon="user-shield", name=_("Bảo vệ dữ liệu")),
    Picture(icon="clock", name=_("Giờ")),
    Picture(icon="calendar-event", name=_("Ngày")),
    Picture(icon="wifi-off", name=_("Không có mạng")),
    Picture(icon="cloud-upload", name=_("Gửi đi")),
    Picture(icon="refresh", name=_("Làm mới")),
    Picture(icon="alert-triangle", name=_("Cảnh báo")),
    Picture(icon="hand-stop", name=_("Dừng lại")),
    Picture(icon="circle-check", name=_("Xong")),
    Picture(icon="ban", name=_("Không làm")),
    Picture(icon="list-check", name=_("Danh sách")),
    Picture(icon="file-text", name=_("Văn bản")),
    Picture(icon="file-import", name=_("Nhập tệp")),
    Picture(icon="chart-bar", name=_("Số liệu")),
    Picture(icon="clipboard-check", name=_("Kiểm tra")),
    Picture(icon="bell", name=_("Nhắc")),
    Picture(icon="speakerphone", name=_("Loa")),
    Picture(icon="virus", name=_("Bệnh")),
    Picture(icon="transfer-out", name=_("Chuyển giao")),
    Picture(icon="camera", name=_("Camera")),
    Picture(icon="keyboard", name=_("Gõ tay")),
    Picture(icon="apps-off", name=_("Ứng dụng cũ")),
    Picture(icon="map-pin-off", name=_("Không theo dõi vị trí")),
)
PICTURES: dict[str, Picture] = {picture.icon: picture for picture in _ALL}
"""All of them by the icon's name."""

_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)"([^>]*)>(.*?)</symbol>', re.DOTALL)


@cache
def _sprite() -> dict[str, str]:
    found = finders.find("built/icons.svg")
    text = Path(str(found)).read_text("utf-8")
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"'
    return {
        name: f"{head}{attributes.replace('currentColor', '#000')}>{body}</svg>"
        for name, attributes, body in _SYMBOL.findall(text)
    }


def svg(name: str) -> str:
    """A pictogram as an SVG of its own, black on nothing, for paper."""
    return _sprite()[name]
