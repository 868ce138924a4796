"""The papers of an opening, checked by machine."""
