"""Addresses of reports, their schedule, and open data."""

from django.urls import path

from dauchan.reports import views

app_name = "reports"
REPORTS = "trien-khai/bao-cao"

urlpatterns = [
    path(REPORTS, views.report_list, name="list"),
    path(f"{REPORTS}/moi", views.new, name="new"),
    path(f"{REPORTS}/lich", views.schedules, name="schedules"),
    path(f"{REPORTS}/lich/<int:schedule_id>/ket-thuc", views.end_schedule, name="end-schedule"),
    path(f"{REPORTS}/<int:report_id>", views.report, name="report"),
    path(f"{REPORTS}/<int:report_id>/tep/<slug:kind>", views.file, name="file"),
    path(f"{REPORTS}/<int:report_id>/ban-hanh", views.issue, name="issue"),
    path(f"{REPORTS}/<int:report_id>/gui", views.send, name="send"),
    path(f"{REPORTS}/<int:report_id>/viec", views.act, name="act"),
    path("du-lieu-mo", views.open_data, name="open-data"),
]
