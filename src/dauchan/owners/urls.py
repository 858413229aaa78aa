"""Addresses of owners' own places, and of what they handed over."""

from django.urls import path

from dauchan.owners import poster_views, staff_views, views

app_name = "owners"
PLACE = "cua-toi/dia-diem/<int:place_id>"

urlpatterns = [
    path("cua-toi/dia-diem", views.places, name="places"),
    path("cua-toi/dia-diem/them", views.register, name="register"),
    path(PLACE, views.place, name="place"),
    path(f"{PLACE}/sua", views.edit, name="edit"),
    path(f"{PLACE}/ma/<slug:sheet>", views.poster, name="poster"),
    path(f"{PLACE}/phieu.pdf", views.paper, name="paper"),
    path(f"{PLACE}/phieu", views.type_in, name="type-in"),
    path(f"{PLACE}/khach", views.visitors, name="visitors"),
    path(f"{PLACE}/chuyen", views.hand_over, name="hand-over"),
    path(f"{PLACE}/thiet-bi", views.devices, name="devices"),
    path(f"{PLACE}/thiet-bi/viec", views.act_on_device, name="act-on-device"),
    path(f"{PLACE}/nhan-vien", staff_views.staff_page, name="staff"),
    path(f"{PLACE}/nhan-vien/<int:staff_id>/ket-thuc", staff_views.end, name="end-staff"),
    path(f"{PLACE}/ban-in-moi/<int:point_id>", poster_views.renew, name="renew-poster"),
    path(f"{PLACE}/bao/<int:report_id>", poster_views.close_report, name="close-report"),
    path("chuyen-giao", views.handed_over, name="handed-over"),
    path("chuyen-giao/<slug:receipt>", views.take, name="take"),
]
