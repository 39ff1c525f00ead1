"""A film club on FastAPI and htmx: a page asks once; the fragments that htmx fetches bring no banner of their own."""
