"""When somebody asked for the newsletter, and for its end."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the models."""

    dependencies = [("letters", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="at",
            field=models.BigIntegerField(default=0, editable=False, verbose_name="asked, POSIX seconds"),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="left_at",
            field=models.BigIntegerField(default=0, editable=False, verbose_name="asked to leave, POSIX seconds"),
        ),
    ]
