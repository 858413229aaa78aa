from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "dauchan.inspections"
    label = "inspections"
