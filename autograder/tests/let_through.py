"""What the visible checks let through though it is wrong."""

LET_THROUGH: dict[str, str] = {}
GPU_ONLY: tuple[str, ...] = ()
