//! Letters on their way: MIME, SMTP, mailbox directory.
