"""Addresses of cases; a case is named by its number, never by its person."""

from django.urls import path

from dauchan.cases import views

app_name = "cases"
urlpatterns = [
    path("ca-benh", views.case_list, name="list"),
    path("ca-benh/<slug:code>/moc-dich-te/<int:milestone_id>", views.decide_milestone, name="decide-milestone"),
    path("ca-benh/<slug:code>/chia-se", views.share, name="share"),
]
