"""How a book is valued, shocked and measured."""
