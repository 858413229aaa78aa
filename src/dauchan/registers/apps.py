from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "dauchan.registers"
    label = "registers"

    def ready(self) -> None:
        from dauchan.agencies.attesting import warn_of  # models load after the applications
        from dauchan.registers.queries import unregistered_of

        warn_of(unregistered_of)
