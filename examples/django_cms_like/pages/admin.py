"""What editors see: their page, and a word about whom it would contact."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from .models import Page


@admin.register(Page)
class PageAdmin(admin.ModelAdmin):
    """Pages."""

    list_display = ("title", "slug", "embeds")
    prepopulated_fields = {"slug": ("title",)}

    @admin.display(description="Embeds that wait for consent")
    def embeds(self, page: Page) -> str:
        """The services, or hosts that nobody declared."""
        return ", ".join(sorted({each.service if each.declared else f"{each.host}?" for each in page.contacts()}))

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        """Says at once what visitors will not get to see."""
        super().save_model(request, obj, form, change)
        for each in obj.contacts():
            if not each.declared:
                messages.warning(request, f"{each}. Visitors cannot allow it until the policy has:\n{each.declaration}")
