"""Switch sites of the system's Apache on and off, and undo what fails."""
