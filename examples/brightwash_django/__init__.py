"""Brightwash as a Django project: apps, URLs, templates, forms, and the records of consent in the admin."""
