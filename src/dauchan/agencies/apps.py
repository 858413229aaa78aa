from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    name = "dauchan.agencies"
    label = "agencies"
