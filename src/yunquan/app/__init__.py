"""The application: settings, wiring, processes, command line, migrations, texts. The only place
that knows every room.
"""
