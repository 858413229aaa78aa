"""Addresses of the rollout's figures."""

from django.urls import path

from dauchan.coverage import views

app_name = "coverage"
urlpatterns = [
    path("trien-khai/dia-ban", views.whole, name="whole"),
    path("trien-khai/dia-ban/<slug:code>", views.unit, name="unit"),
    path("trien-khai/dia-ban/<slug:code>/bang", views.table, name="table"),
    path("trien-khai/dia-ban/<slug:code>/bang/tai-ve", views.export, name="export"),
    path("trien-khai/chi-so", views.indicator_list, name="indicators"),
]
