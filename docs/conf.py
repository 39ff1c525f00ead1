"""How Sphinx builds the documentation: MyST pages, Furo's look, every warning an error."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

project = "consentkit"
author = "The consentkit authors"
copyright = author
release = version = installed("consentkit")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
autodoc_typehints = "none"
nitpick_ignore_regex = [("py:.*", r"(?!consentkit\.).*")]  # other projects' names are not looked up on the web

html_theme = "furo"
html_title = "consentkit"
html_theme_options = {
    # Furo's own fonts and icons are local; nothing here asks another host either.
    "light_css_variables": {"color-brand-primary": "#0b7285", "color-brand-content": "#0b7285"},
    "dark_css_variables": {"color-brand-primary": "#66d9e8", "color-brand-content": "#66d9e8"},
}


def setup(app):
    """The pages that gallery.md shows are rendered from the templates of this version."""
    sys.path.insert(0, str(Path(__file__).parent))
    import gallery  # noqa: PLC0415 (found beside this file only now)

    def render(app, failure):
        if failure is None and app.builder.format == "html":
            gallery.write(Path(app.outdir) / "gallery")

    app.connect("build-finished", render)
