from django.apps import AppConfig


class GatesConfig(AppConfig):
    name = "dauchan.gates"
    label = "gates"
