"""Staff's face of risk: what waits against its clock, the stream of alerts, a case on one page, the
rules and the catalogue of indicators.

What must hold: a page shows what the rooms below say and decides nothing itself; whoever looks at a
case leaves a record.
"""
