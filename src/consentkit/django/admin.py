"""The records in Django's admin: to read, to find and to export, never to change."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, StreamingHttpResponse

from consentkit.django.models import ConsentRecord, ConsentRecordQuerySet

COLUMNS = ("record_id", "subject", "time", "source", "payload")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one (subjects are what people typed)


def json_lines(rows: ConsentRecordQuerySet) -> Iterator[str]:
    """Each record as a line of canonical JSON."""
    for row in rows.records().iterator():
        yield f"{row.payload}\n"


def csv_lines(rows: ConsentRecordQuerySet) -> Iterator[str]:
    """The records as CSV with a head line; what would be a formula gets an apostrophe before it."""
    yield _line(COLUMNS)
    for row in rows.records().iterator():
        values = (row.record_id, row.subject, row.time.isoformat(), row.source, row.payload)
        yield _line([f"'{value}" if value.startswith(FORMULA) else value for value in values])


@admin.action(description="Export as JSON Lines", permissions=["view"])
def export_json(_admin: Any, _request: HttpRequest, rows: ConsentRecordQuerySet) -> StreamingHttpResponse:
    """The chosen records in a file."""
    return _file(json_lines(rows.order_by("number")), "application/jsonl", "consent-records.jsonl")


@admin.action(description="Export as CSV", permissions=["view"])
def export_csv(_admin: Any, _request: HttpRequest, rows: ConsentRecordQuerySet) -> StreamingHttpResponse:
    """The chosen records in a file."""
    return _file(csv_lines(rows.order_by("number")), "text/csv; charset=utf-8", "consent-records.csv")


@admin.register(ConsentRecord)
class ConsentRecordAdmin(admin.ModelAdmin):
    """Records, newest first."""

    list_display = ("record_id", "subject", "time", "source")
    list_filter = ("source",)
    search_fields = ("record_id", "subject")
    actions = (export_json, export_csv)

    def get_queryset(self, request: HttpRequest) -> ConsentRecordQuerySet:
        """The records, without rows that were erased and without the chain's own notes."""
        rows: ConsentRecordQuerySet = super().get_queryset(request)
        return rows.records()

    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody has."""
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody has."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Nobody has; a subject's records are erased by ``manage.py consent_records erase``."""
        return False


def _line(values: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


def _file(lines: Iterator[str], content_type: str, name: str) -> StreamingHttpResponse:
    disposition = f'attachment; filename="{name}"'
    return StreamingHttpResponse(
        lines, content_type=content_type, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"}
    )
