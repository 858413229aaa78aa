"""Addresses of places, for those who look after them; what a poster leads to is the citizens' slice."""

from django.urls import path

from dauchan.places import import_views, views

app_name = "places"

urlpatterns = [
    path("dia-diem", views.place_list, name="list"),
    path("dia-diem/them", views.new_place, name="new"),
    path("dia-diem/duyet", views.approve_all, name="approve-all"),
    path("dia-diem/xuat", views.export, name="export"),
    path("dia-diem/ban-do.json", views.on_map, name="on-map"),
    path("dia-diem/ma", views.all_posters, name="posters"),
    path("dia-diem/nhap", import_views.imports, name="imports"),
    path("dia-diem/nhap/mau.xlsx", import_views.template, name="import-template"),
    path("dia-diem/nhap/<int:run_id>", import_views.import_run, name="import-run"),
    path("dia-diem/nhap/<int:run_id>/tien-do", import_views.progress, name="import-progress"),
    path("dia-diem/nhap/<int:run_id>/bat-dau", import_views.start, name="import-start"),
    path("dia-diem/nhap/<int:run_id>/loi.xlsx", import_views.faults, name="import-faults"),
    path("dia-diem/<int:place_id>", views.place_page, name="place"),
    path("dia-diem/<int:place_id>/sua", views.edit_place, name="edit"),
    path("dia-diem/<int:place_id>/buoc", views.step, name="step"),
    path("dia-diem/<int:place_id>/diem", views.add_point, name="add-point"),
    path("dia-diem/<int:place_id>/diem/<int:point_id>", views.point_step, name="point-step"),
    path("dia-diem/<int:place_id>/bao/<int:report_id>", views.close_report, name="close-report"),
    path("dia-diem/<int:place_id>/ma/<slug:sheet>", views.poster, name="poster"),
    path("dia-diem/<int:place_id>/phieu.pdf", views.paper, name="paper"),
]
