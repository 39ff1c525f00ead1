"""Template tags: `{% load consentkit %}`."""
