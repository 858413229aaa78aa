from django.apps import AppConfig


class TracingConfig(AppConfig):
    name = "dauchan.tracing"
    label = "tracing"
