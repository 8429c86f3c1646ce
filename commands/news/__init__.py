"""What the network is told by the bot of its own accord: the weekly digest and moderators' announcements."""
