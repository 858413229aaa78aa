from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "dauchan.web"
    label = "web"
