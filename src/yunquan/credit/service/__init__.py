"""Taking files, measuring ratios, telling of lines."""
