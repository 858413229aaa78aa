from django.apps import AppConfig


class OwnersConfig(AppConfig):
    name = "dauchan.owners"
    label = "owners"
