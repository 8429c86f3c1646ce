"""Tests; their folders mirror the packages, and e2e talks to a real homeserver."""
