from django.apps import AppConfig


class DirectivesConfig(AppConfig):
    name = "dauchan.directives"
    label = "directives"
