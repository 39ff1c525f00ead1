"""The site of Brightwash, a made-up maker of glass washers: one set of pages, served by Starlette and by Werkzeug."""
