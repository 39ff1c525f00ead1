"""What readers who agreed to it did with an issue."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the models."""

    dependencies = [("letters", "0002_asked_and_left")]

    operations = [
        migrations.CreateModel(
            name="Seen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=5)),
                ("subject", models.CharField(max_length=64)),
                ("mail", models.CharField(max_length=200)),
                ("url", models.TextField(blank=True)),
                ("at", models.BigIntegerField(verbose_name="POSIX seconds")),
            ],
        ),
    ]
