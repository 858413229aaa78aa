from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "dauchan.notify"
    label = "notify"
