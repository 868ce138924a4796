"""Acts people, attacks and voices in the vision environment."""

# First: it lets mediapipe in without what isn't installed.
import yunquan_vision.meshes  # noqa: F401
