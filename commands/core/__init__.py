"""What the capabilities share: declarations, arguments, dialogs, replies and their rendering."""
