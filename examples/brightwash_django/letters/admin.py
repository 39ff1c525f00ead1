"""Subscribers, answers, and what is kept of letters. The proofs are beside them in the admin, under "Consent"."""

from __future__ import annotations

from django.contrib import admin

from .models import Answer, Seen, Subscriber


@admin.register(Subscriber)
class SubscriberAdmin(admin.ModelAdmin):
    """Addresses."""

    list_display = ("email", "subject")


@admin.register(Answer)
class AnswerAdmin(admin.ModelAdmin):
    """Answers."""

    list_display = ("machine", "satisfaction", "name", "subject")


@admin.register(Seen)
class SeenAdmin(admin.ModelAdmin):
    """Opened issues and followed links, of readers who agreed to it."""

    list_display = ("kind", "mail", "subject")
