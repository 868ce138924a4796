"""Papers 开户资料检查: the documents of an opening, checked by machine before a person decides.

What must hold: a finding names its rule, the document and the place; nothing a paper says of a
person is kept, and findings carry it masked; the same papers on the same day have the same
findings; a check finds and never stops the others.
"""

from yunquan.papers.service import Papers

__all__ = ["Papers"]
