from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "dauchan.people"
    label = "people"

    def ready(self) -> None:
        """Audit rows about people are sealed under the people's own keys from now on."""
        from dauchan.accounts import audit  # Django's models load before this runs
        from dauchan.people.sealer import seal_about

        audit.seal_people_with(seal_about)
