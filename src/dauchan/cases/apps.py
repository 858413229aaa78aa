from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "dauchan.cases"
    label = "cases"
