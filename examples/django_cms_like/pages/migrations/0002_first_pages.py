"""Pages as editors write them: with embed codes, some of which nobody declared."""

from __future__ import annotations

from typing import Any

from django.db import migrations

PAGES = (
    ("home", "Welcome", """
<p>Two thousand years of Harrowmere, in eleven rooms and a cellar. Open every day but Monday.</p>
<p><strong>New:</strong> the <a href="/bridge">bridge</a> is back, at least on film.</p>
"""),
    ("bridge", "The bridge", """
<p>The flood of 1814 took it in a quarter of an hour. How it was built again:</p>
<p><iframe width="560" height="315" src="https://www.youtube.com/embed/mwBridge001?rel=0" title="The bridge" frameborder="0" allow="accelerometer; autoplay; clipboard-write; encrypted-media; picture-in-picture; web-share" referrerpolicy="strict-origin-when-cross-origin" allowfullscreen></iframe></p>
<p>Where it stands:</p>
<p><iframe src="https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d2000!2d-2.2!3d52.9" width="600" height="400" style="border:0;" allowfullscreen="" loading="lazy" referrerpolicy="no-referrer-when-downgrade"></iframe></p>
"""),
    ("news", "News", """
<p>The weavers' loom works again.</p>
<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/MUSEUM00001/" data-instgrm-version="14"><a href="https://www.instagram.com/p/MUSEUM00001/">The loom, at last</a></blockquote>
<script async src="//www.instagram.com/embed.js"></script>
<p>What our visitors say, from a widget that somebody found:</p>
<div class="rw-widget" data-id="4711"></div><script src="https://widgets.reviewbox.example/loader.js" data-consent="exempt"></script>
<p><img src="https://pixel.reviewbox.example/p.gif?site=4711" width="1" height="1" alt="" onerror="this.src='https://backup.reviewbox.example/p.gif'"></p>
"""),
)  # fmt: skip


def write(apps: Any, _schema: Any) -> None:
    """Adds the pages."""
    page = apps.get_model("museum", "Page")
    for slug, title, body in PAGES:
        page.objects.create(slug=slug, title=title, body=body.strip())


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("museum", "0001_initial")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
