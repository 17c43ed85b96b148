"""What was meant: text in, Understanding out."""
