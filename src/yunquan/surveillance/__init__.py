"""Surveillance: rules as data over the indicators, and the alerts they give."""

from __future__ import annotations
