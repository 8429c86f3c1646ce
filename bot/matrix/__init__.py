"""The only place that knows matrix-nio and the homeserver's HTTP API."""
