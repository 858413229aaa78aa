"""Addresses of the rollout's figures."""

from django.urls import path

from dauchan.coverage import agency_views, place_views, silent_views, supplied_views, views

app_name = "coverage"
urlpatterns = [
    path("trien-khai/dia-ban", views.whole, name="whole"),
    path("trien-khai/dia-ban/<slug:code>", views.unit, name="unit"),
    path("trien-khai/dia-ban/<slug:code>/bang", views.table, name="table"),
    path("trien-khai/dia-ban/<slug:code>/bang/tai-ve", views.export, name="export"),
    path("trien-khai/co-quan/<int:agency_id>/do-phu", agency_views.agency, name="agency"),
    path("trien-khai/dia-diem/<int:place_id>", place_views.place, name="place"),
    path("trien-khai/im-lang", silent_views.silent, name="silent"),
    path("trien-khai/im-lang/tai-ve", silent_views.export, name="silent-export"),
    path("trien-khai/so-lieu", supplied_views.supply, name="supplied"),
    path("trien-khai/so-lieu/tep", supplied_views.take_file, name="supplied-file"),
    path("trien-khai/so-lieu/tep/loi", supplied_views.faults, name="supplied-faults"),
    path("trien-khai/so-lieu/mau", supplied_views.template, name="supplied-template"),
    path("trien-khai/chi-so", views.indicator_list, name="indicators"),
]
