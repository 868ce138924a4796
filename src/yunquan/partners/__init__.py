"""The API at /api/v1: everything the pages do, for programs. One day also FIX and the partners'
portal.

What must hold: whoever asks sees their own and nothing else; a request repeated with its key has
its first answer and takes effect once; amounts and prices travel as text in CNY, quantities as
integers; what isn't declared is refused.
"""
