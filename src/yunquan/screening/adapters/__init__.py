"""Lists from the offices, rows from files, faces in memory."""
