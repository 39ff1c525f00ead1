"""The app `consentkit.django`, called `consentkit`: its checks are registered when Django starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class ConsentKitConfig(AppConfig):
    """``"consentkit.django"`` in INSTALLED_APPS."""

    name = "consentkit.django"
    label = "consentkit"
    verbose_name = "Consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the checks."""
        from consentkit.django.checks import check_advice, check_middleware, check_setting  # noqa: PLC0415 (as Django advises)

        checks.register(check_setting, checks.Tags.security)
        checks.register(check_middleware, checks.Tags.security)
        checks.register(check_advice, checks.Tags.security, deploy=True)
