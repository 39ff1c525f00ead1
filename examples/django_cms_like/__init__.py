"""A small content management system: editors paste embed codes, and what they paste waits for consent."""
