"""What a test that the caller wrote expects of its surroundings."""
