"""Events: announced in rooms, answered by a tap, and looked back upon."""
