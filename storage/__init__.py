"""What is kept: tables, the queue, cases, keys."""
