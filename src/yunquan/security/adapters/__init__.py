"""Argon2 in its own threads, SM4 for secrets at rest, sessions in memory."""
