from django.apps import AppConfig


class GuidesConfig(AppConfig):
    name = "dauchan.guides"
    label = "guides"
