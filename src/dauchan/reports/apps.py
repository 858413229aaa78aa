from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "dauchan.reports"
    label = "reports"
