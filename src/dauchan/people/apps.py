from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "dauchan.people"
    label = "people"
