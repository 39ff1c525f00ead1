"""How Sphinx builds the documentation: MyST pages, Furo's look, every warning an error."""

from importlib.metadata import version as installed

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
