"""Pages that show something, and the contact form."""
