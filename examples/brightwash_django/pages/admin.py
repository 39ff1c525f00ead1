"""Messages, for the person who answers them."""

from __future__ import annotations

from django.contrib import admin

from .models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    """Newest first."""

    list_display = ("name", "email", "at")
    ordering = ("-at",)
