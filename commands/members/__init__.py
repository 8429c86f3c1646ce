"""Members of the network: who they are, what they want to be known of them, and what is kept."""
