"""Screening an applicant."""
