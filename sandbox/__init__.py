"""Local stand-ins for outside services, the embedded database and the /sandbox page."""
