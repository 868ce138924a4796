"""Cockpit 驾驶舱: the firm at a glance for whoever runs it: each tile a figure against its
threshold, its trend, and where to look further. Shows; changes nothing.
"""
