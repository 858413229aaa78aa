"""Addresses of the public library of guides, and of its desk."""

from django.urls import path

from dauchan.guides import desk_views, spread_views, views

app_name = "guides"
PUBLIC = "huong-dan"
DESK = "trien-khai/huong-dan"

urlpatterns = [
    path(PUBLIC, views.library, name="library"),
    path(f"{PUBLIC}/<slug:slug>", views.guide, name="guide"),
    path(f"{PUBLIC}/<slug:slug>/ban/<int:number>", views.version, name="version"),
    path(f"{PUBLIC}/<slug:slug>/ban/<int:number>/<slug:kind>-<slug:language>.pdf", views.paper, name="paper"),
    path(f"{PUBLIC}/<slug:slug>/ban/<int:number>/loa-<slug:language>.txt", views.script, name="script"),
    path(f"{PUBLIC}/<slug:slug>/van-ban/<int:file_id>.pdf", views.file, name="file"),
    path(DESK, desk_views.everything, name="desk"),
    path(f"{DESK}/moi", desk_views.new, name="new"),
    path(f"{DESK}/pho-bien", spread_views.broadcasts, name="broadcasts"),
    path(f"{DESK}/pho-bien/<int:broadcast_id>/bo", spread_views.strike, name="strike"),
    path(f"{DESK}/xem/<slug:slug>", desk_views.one, name="desk-guide"),
    path(f"{DESK}/xem/<slug:slug>/da-doc", desk_views.confirm, name="confirm"),
    path(f"{DESK}/xem/<slug:slug>/ai-doc", spread_views.readers, name="readers"),
    path(f"{DESK}/xem/<slug:slug>/pho-bien", spread_views.tell, name="tell"),
    path(f"{DESK}/xem/<slug:slug>/soan/<slug:language>", desk_views.write, name="write"),
    path(f"{DESK}/xem/<slug:slug>/nhap", desk_views.preview, name="preview"),
    path(f"{DESK}/xem/<slug:slug>/viec", desk_views.act, name="act"),
    path(f"{DESK}/xem/<slug:slug>/loai", desk_views.classify, name="classify"),
    path(f"{DESK}/xem/<slug:slug>/van-ban", desk_views.add_file, name="add-file"),
    path(f"{DESK}/xem/<slug:slug>/van-ban/<int:file_id>/bo", desk_views.remove_file, name="remove-file"),
]
