//! The service manager: readiness, watchdog, status lines.
