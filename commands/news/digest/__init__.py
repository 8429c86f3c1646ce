"""The weekly digest: what is new in the network, in rooms and for members by their themes."""
