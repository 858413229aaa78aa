from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "dauchan.registers"
    label = "registers"
