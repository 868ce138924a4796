"""Verification 身份核验: whether an applicant is who they say they are.

What must hold: the police and the carrier are asked under serials of ours, so that a repeat is the
same question; what they answer is kept as codes, and pictures sealed.
"""

from yunquan.verification.adapters.police_socket import PoliceSocket
from yunquan.verification.adapters.sms_socket import SmsSocket
from yunquan.verification.ports import PoliceCheck, SmsSender

__all__ = ["PoliceCheck", "PoliceSocket", "SmsSender", "SmsSocket"]
