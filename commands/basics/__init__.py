"""Getting along with the bot itself: help, ping, about, forms and pages."""
