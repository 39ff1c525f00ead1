"""A news page for many readers: nginx keeps the pages, which are the same for everybody (``mode = "shared"``)."""
