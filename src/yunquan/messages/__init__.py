"""Messages 站内信: tells clients what happened to their account, from the log alone.

What must hold: an event tells once, however often it is read; whoever asks reads their own; nothing
is told that the log doesn't say.
"""

from yunquan.messages.service import Messages, told_between

__all__ = ["Messages", "told_between"]
