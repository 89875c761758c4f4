"""Rule vectors against the product: what `manage.py check_rules` reads and compares."""
