"""The running program: wiring, pipeline, Matrix gateway, command line, demo."""
