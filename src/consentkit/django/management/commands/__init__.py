"""Management commands: `consent_policy` and `consent_records`."""
