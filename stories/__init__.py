"""The conversation: pure, and the words it is made of."""
