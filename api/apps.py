"""The Django app of the wire itself."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    label = "api"
