"""Verification 身份核验: whether an applicant is who they say they are.

What must hold: a try counts before it is judged; a code, a challenge and a film are good for once;
the police and the carrier are asked under serials of ours, so that a repeat is the same question;
numbers, names and vectors are kept sealed, pictures in the archive, everything else as codes.
"""

from yunquan.verification.adapters.police_socket import PoliceSocket
from yunquan.verification.adapters.sms_socket import SmsSocket
from yunquan.verification.ports import PoliceCheck, SmsSender
from yunquan.verification.service.cards import told_by
from yunquan.verification.service.faces import FaceOutcome, Known
from yunquan.verification.service.office import Verification
from yunquan.verification.service.parts import VerificationParts

__all__ = [
    "FaceOutcome",
    "Known",
    "PoliceCheck",
    "PoliceSocket",
    "SmsSender",
    "SmsSocket",
    "Verification",
    "VerificationParts",
    "told_by",
]
