"""What the site's owner declares."""
