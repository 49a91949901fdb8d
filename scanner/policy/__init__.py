"""What is allowed where: from findings to violations."""
