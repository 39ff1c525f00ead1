"""The first tables."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models

import examples.brightwash_django.letters.models


class Migration(migrations.Migration):
    """See the models."""

    initial = True

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(
                        default=examples.brightwash_django.letters.models.make_token,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("machine", models.CharField(max_length=400)),
                (
                    "satisfaction",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                ("wish", models.TextField(blank=True, max_length=4000)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    models.CharField(
                        default=examples.brightwash_django.letters.models.make_token,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
