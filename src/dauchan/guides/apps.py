from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GuidesConfig(AppConfig):
    name = "dauchan.guides"
    label = "guides"

    def ready(self) -> None:
        post_migrate.connect(take_shipped, sender=self)


def take_shipped(**_told: Any) -> None:
    """The guides that come with this release are there once its tables are."""
    from dauchan.guides import shipping  # models load after the applications

    if shipping.has_tables():  # not so after migrating backwards
        shipping.take_shipped()
