"""Lines, ratios and files of credit."""
