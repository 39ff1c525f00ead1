"""What HTTP header fields say: cookies, caching, CSP, links, codings."""
