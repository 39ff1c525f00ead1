"""The chain: each row gets its place in it, in the order of the rows."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from consentkit.records.chain import HASH_BYTES, START, link_at

BATCH = 1000  # rows held in memory


def chain_rows(apps: Any, schema_editor: Any) -> None:
    """Chains the rows that there are."""
    alias = schema_editor.connection.alias
    rows = apps.get_model("consentkit", "ConsentRecord").objects.using(alias)
    head = START
    for row in rows.order_by("number").iterator(chunk_size=BATCH):
        entry = link_at(
            head, row.number, "record", row.at, row.payload, record_id=row.record_id, subject=row.subject
        )  # fmt: skip
        rows.filter(number=row.number).update(
            salt=entry.salt, digest=entry.digest, previous_hash=entry.previous, hash=entry.hash
        )
        head = entry.head
    heads = apps.get_model("consentkit", "ConsentHead").objects.using(alias)
    heads.create(one=1, number=head.number, hash=head.hash)


def unchain(apps: Any, schema_editor: Any) -> None:
    """Removes the rows that the first version cannot hold: erased ones, and notes of erasures and purges."""
    rows = apps.get_model("consentkit", "ConsentRecord").objects.using(schema_editor.connection.alias)
    rows.filter(payload__isnull=True).delete()
    rows.exclude(kind="record").delete()


class Migration(migrations.Migration):
    """Makes the columns, fills them, and then demands them."""

    dependencies = (("consentkit", "0001_initial"),)
    operations = (
        migrations.CreateModel(
            name="ConsentHead",
            fields=[
                ("one", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=HASH_BYTES)),
            ],
            options={"verbose_name": "head of the chain of consent records"},
        ),
        migrations.AddField("consentrecord", "kind",
                            models.CharField(default="record", editable=False, max_length=8)),
        migrations.AddField("consentrecord", "salt", models.BinaryField(null=True)),
        *(
            migrations.AddField("consentrecord", name, models.BinaryField(max_length=HASH_BYTES, null=True))
            for name in ("digest", "previous_hash", "hash")
        ),
        migrations.RunPython(chain_rows, migrations.RunPython.noop),
        *(
            migrations.AlterField("consentrecord", name, models.BinaryField(max_length=HASH_BYTES))
            for name in ("digest", "previous_hash", "hash")
        ),
        migrations.AlterField("consentrecord", "record_id",
                              models.CharField(max_length=64, null=True, unique=True, verbose_name="record")),
        migrations.AlterField("consentrecord", "subject", models.TextField(null=True)),
        migrations.AlterField("consentrecord", "subject_key",
                              models.CharField(db_index=True, editable=False, max_length=64, null=True)),
        migrations.AlterField("consentrecord", "source", models.CharField(blank=True, max_length=32)),
        migrations.AlterField("consentrecord", "payload", models.TextField(null=True)),
        migrations.RunPython(migrations.RunPython.noop, unchain),
    )  # fmt: skip
