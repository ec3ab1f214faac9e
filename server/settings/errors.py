"""What is said of a setting that can't be: its variable, what that expects, and what it is for."""

import os

from server.settings.environment import is_service_address, source_of

_SERVICE_LINK = (
    "Kubernetes set this for a Service named freehold: set it in the container's env, or enableServiceLinks: false"
)


def explain(field: str, expected: str, description: str) -> str:
    """One line."""
    variable = source_of(field)
    if is_service_address(os.environ.get(variable, "")):
        return f"{variable}: {_SERVICE_LINK}."
    return f"{variable}: {expected}. It is: {description}"
