from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dauchan.accounts"
    label = "accounts"
