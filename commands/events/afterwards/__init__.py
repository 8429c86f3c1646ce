"""What comes after a date of an event: thanks, two questions, material, and a summary for the host."""
