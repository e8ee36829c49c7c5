"""From several exposures of a scene in which things move to one HDR image."""
