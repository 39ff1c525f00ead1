"""Counts of what the Content-Security-Policy stopped."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes their table."""

    dependencies = (("consentkit", "0002_chain"),)

    operations = (
        migrations.CreateModel(
            name="ConsentViolation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("host", models.CharField(max_length=253)),
                ("directive", models.CharField(max_length=64)),
                ("service", models.CharField(max_length=64, blank=True)),
                ("page", models.TextField()),
                ("count", models.BigIntegerField()),
                ("at", models.BigIntegerField("POSIX seconds")),
            ],
            options={
                "verbose_name": "violation of the Content-Security-Policy",
                "constraints": [
                    models.UniqueConstraint(fields=("host", "directive"), name="consentkit_violation_once"),
                ],
            },
        ),
    )
