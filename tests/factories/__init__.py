"""One typed factory per model, one file per app; a default row is the plainest legal one."""
