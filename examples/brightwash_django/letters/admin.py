"""Subscribers and answers. The proofs are beside them in the admin, under "Consent"."""

from __future__ import annotations

from django.contrib import admin

from .models import Answer, Subscriber


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    """Addresses."""

    list_display = ("email", "subject")


@admin.register(Answer)
class AnswerAdmin(admin.ModelAdmin):
    """Answers."""

    list_display = ("machine", "satisfaction", "name", "subject")
