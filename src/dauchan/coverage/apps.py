from django.apps import AppConfig


class CoverageConfig(AppConfig):
    name = "dauchan.coverage"
    label = "coverage"
