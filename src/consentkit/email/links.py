"""stub."""


class MailLinks: ...
