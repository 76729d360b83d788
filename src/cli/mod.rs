//! The doors: the command line, and the only place where the porch meets the rooms.
