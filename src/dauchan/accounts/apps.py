from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dauchan.accounts"
    label = "accounts"

    def ready(self) -> None:
        from dauchan.accounts import allauth_adapter

        allauth_adapter.listen()
