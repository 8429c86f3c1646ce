"""Peers: what members offer and need, and who should meet whom."""
