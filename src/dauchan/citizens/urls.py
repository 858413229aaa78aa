"""Addresses for citizens; a poster's address is short and upper-case, so that its code is small."""

from django.urls import path

from dauchan.citizens import views

app_name = "citizens"

urlpatterns = [
    path("P/<slug:code>", views.place, name="place"),
    path("P/<slug:code>/ma", views.give_code, name="give-code"),
    path("p/<slug:code>", views.lower_code, name="lower-code"),
]
