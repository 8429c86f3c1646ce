"""Settings, data files, texts and languages."""
