"""Addresses of the unit pages."""

from django.urls import path, re_path

from dauchan.units import views

app_name = "units"

urlpatterns = [
    path("don-vi", views.browse, name="browse"),
    path("don-vi/goi-y", views.suggest, name="suggest"),
    re_path(r"^don-vi/(?P<code>[0-9]{2,5})$", views.unit_page, name="unit"),
    re_path(r"^don-vi/(?P<code>[0-9]{5})/vien\.json$", views.outlines, name="outlines"),
]
