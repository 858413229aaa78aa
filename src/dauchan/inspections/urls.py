"""Addresses of inspections for desks; the phone's page is the app's (`gates.urls`)."""

from django.urls import path

from dauchan.inspections import views

app_name = "inspections"
HERE = "trien-khai/kiem-tra"

urlpatterns = [
    path(HERE, views.listing, name="list"),
    path(f"{HERE}/ke-hoach", views.plans, name="plans"),
    path(f"{HERE}/ke-hoach/<int:plan_id>", views.plan_page, name="plan"),
    path(f"{HERE}/dia-diem/<int:place_id>", views.place_page, name="place"),
    path(f"{HERE}/dia-diem/<int:place_id>/gan-nhat", views.latest, name="latest"),
    path(f"{HERE}/dia-diem/<int:place_id>/them", views.take_along, name="take-along"),
    path(f"{HERE}/<int:inspection_id>/nhac", views.tell_owner, name="tell-owner"),
]
