"""The first tables."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the models."""

    initial = True

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("email", models.EmailField(max_length=254)),
                ("text", models.TextField(max_length=4000)),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
