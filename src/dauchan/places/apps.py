from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "dauchan.places"
    label = "places"
