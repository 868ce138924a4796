"""The counter's promises: decided and durable orders, whole lives, latency, growth, replay and
restart.
"""
