"""Opening 开户: the applicant's pages, from a phone's number to an account, made for a thumb.

What must hold: a page shows what onboarding says and decides nothing; a refusal is a sentence where
the fault is, and what was typed stays; nobody's application is seen without its cookie.
"""
