from django.apps import AppConfig


class CitizensConfig(AppConfig):
    name = "dauchan.citizens"
    label = "citizens"
