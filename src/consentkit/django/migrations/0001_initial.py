"""The records' table."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes it."""

    initial = True
    dependencies = ()
    operations = (
        migrations.CreateModel(
            name="ConsentRecord",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("record_id", models.CharField(max_length=64, unique=True, verbose_name="record")),
                ("subject", models.TextField()),
                ("subject_key", models.CharField(db_index=True, editable=False, max_length=64)),
                ("at", models.BigIntegerField(db_index=True, verbose_name="POSIX seconds")),
                ("source", models.CharField(max_length=32)),
                ("payload", models.TextField()),
            ],
            options={"verbose_name": "consent record", "ordering": ("-number",)},
        ),
    )
