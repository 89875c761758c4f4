"""The offices' pages: Django's admin, read-only so far, scoped to what the user may see."""
