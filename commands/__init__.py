"""What members can do: one folder a capability; core holds what they share."""
