"""Tables, queries, the search index, migrations: the only place that speaks SQL."""
