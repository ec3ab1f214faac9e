"""What one, two and four workers answer, and what they take."""
