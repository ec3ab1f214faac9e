"""`freehold` for a machine that is fifty times slower: it looks for who has hung up after half a minute."""

import server.http.deadline
from server.cli import main

if __name__ == "__main__":
    server.http.deadline.PATIENCE = 30.0
    main()
