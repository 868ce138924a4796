"""Following what is held, valuing it live, and telling of it."""
