"""The scene of funding: one account, a bank with its real books, faults on demand."""

from tests.funding.conftest import new_scene, scene

__all__ = ["new_scene", "scene"]
