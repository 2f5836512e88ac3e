"""What a verb found, as text, JSON, SARIF, JUnit XML and GitHub annotations."""
