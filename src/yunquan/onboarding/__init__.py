"""Onboarding 开户: an application from a phone's number to an account that trades.

What must hold: a step is done in its order and for once, on whatever device, and what fails loses
nothing; nobody's account is opened without two people who agree; nothing is opened twice, whatever
dies; who somebody is lies sealed, and every act leaves a line with its code.
"""

from yunquan.onboarding.adapters.counter_line import CounterThread
from yunquan.onboarding.service.office import Onboarding
from yunquan.onboarding.service.opening import Openings
from yunquan.onboarding.service.parts import OnboardingParts
from yunquan.onboarding.service.submitting import shown_of

__all__ = [
    "CounterThread",
    "Onboarding",
    "OnboardingParts",
    "Openings",
    "shown_of",
]
