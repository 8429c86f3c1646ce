"""What stands between a practice and its readers: drafts, submissions, the moderators' answer."""
