"""How much one operation may ask for. Everything here takes time in proportion to the document."""
