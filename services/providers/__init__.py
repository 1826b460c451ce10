"""Outside services behind ports shaped in our own words."""
