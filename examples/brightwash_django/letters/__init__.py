"""The newsletter and the survey: what people tick is asked for at the form, and proven."""
