"""Who may come how: names and origins, users and what each may see, TLS, and the files that say so."""
