"""Addresses of gate devices, and of the app, which lives under /app/ and nowhere else."""

from django.urls import path

from dauchan.gates import app_views, views

app_name = "gates"

urlpatterns = [
    path("dia-diem/<int:place_id>/thiet-bi", views.devices, name="devices"),
    path("dia-diem/<int:place_id>/thiet-bi/<slug:device_id>/nguoi-truc", views.add_keeper, name="add-keeper"),
    path("dia-diem/<int:place_id>/thiet-bi/<slug:device_id>/thu-hoi", views.revoke, name="revoke"),
    path("dia-diem/<int:place_id>/nguoi-truc/<int:keeper_id>", views.end_keeper, name="end-keeper"),
    path("cong-cham", views.slow, name="slow"),
    path("app/cong", app_views.app, name="app"),
    path("app/toi", app_views.app, name="pass"),
    path("app/kiem-tra", app_views.app, name="inspect"),
    path("app/manifest.webmanifest", app_views.manifest, name="manifest"),
    path("app/decoder.js", app_views.decoder, name="decoder"),
    path("app/sw.js", app_views.worker, name="worker"),
]
