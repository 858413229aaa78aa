from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "dauchan.visits"
    label = "visits"
