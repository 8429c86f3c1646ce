"""From Matrix to the inbox, to commands, to the outbox, to Matrix: four parts with one job each."""
