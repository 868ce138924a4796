"""Witness 视频见证: one-way by a script and a recording, two-way by a call with staff.

What must hold: who is witnessed which way is a dated policy; a recording is whole, new, of the
script that was drawn for it, and in the archive before anything passes; two staff never have the
same applicant, and whoever was cut off comes next; what two browsers tell each other is gone with
their call.
"""

from yunquan.witness.adapters.film_eyes import FilmEyes
from yunquan.witness.ports import WitnessEyes
from yunquan.witness.service.one_way import findings_of
from yunquan.witness.service.witness import Witness

__all__ = ["FilmEyes", "Witness", "WitnessEyes", "findings_of"]
