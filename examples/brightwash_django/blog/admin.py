"""Comments, for the person who keeps the blog free of nonsense."""

from __future__ import annotations

from django.contrib import admin

from .models import Comment


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    """Newest first."""

    list_display = ("article", "name", "email", "anonymous", "at")
    list_filter = ("article",)
    ordering = ("-at",)
