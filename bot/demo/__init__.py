"""The demonstration: invented firms that tell their stories to the real assistant, and officials who work on them."""
