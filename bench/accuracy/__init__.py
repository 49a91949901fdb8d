"""How well the scanner detects: seeded documents whose personal data is known, and what is found in them."""
