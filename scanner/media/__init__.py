"""Where data lies: walking folders, and the volumes they are on."""
