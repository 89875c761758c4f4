"""Real processes, killed without warning: what was acknowledged must stand, once."""
