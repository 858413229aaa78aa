from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "dauchan.units"
    label = "units"
