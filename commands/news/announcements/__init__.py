"""What moderators have announced at a moment or by a rule, in the rooms that they choose."""
