"""How lists are read, names matched, devices judged, risks graded. Pure."""
