from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectivesConfig(AppConfig):
    name = "dauchan.directives"
    label = "directives"

    def ready(self) -> None:
        from dauchan.agencies.handing import count_also  # models load after the applications
        from dauchan.directives.queries import open_tasks

        count_also(_("nhiệm vụ chưa xong"), open_tasks)
