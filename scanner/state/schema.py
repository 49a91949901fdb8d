"""The tables of the two databases, as the steps that lead to them. A step that was released is never changed.

Paths are relative to the mount point of their volume, in UTF-8 that keeps lone surrogates, so that a medium is the same
one tomorrow on another letter and names that are no Unicode have a place.
"""

FILES = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE generations (id INTEGER PRIMARY KEY, basis TEXT NOT NULL, rules TEXT NOT NULL)",
        "CREATE TABLE outcomes (id INTEGER PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL, UNIQUE (state, why))",
        "CREATE TABLE in_play (id INTEGER PRIMARY KEY, rules TEXT NOT NULL UNIQUE)",
        # `fingerprint` is null where files must be looked at singly; `records`: see packing.Record
        "CREATE TABLE blocks (id INTEGER PRIMARY KEY, volume INTEGER NOT NULL, folder BLOB NOT NULL,"
        " first BLOB NOT NULL, generation INTEGER NOT NULL, fingerprint BLOB, ledger TEXT NOT NULL,"
        " special INTEGER NOT NULL, records BLOB NOT NULL, UNIQUE (volume, folder, first))",
        # of the files that are more than one entry without findings
        "CREATE TABLE details (volume INTEGER NOT NULL, folder BLOB NOT NULL, name BLOB NOT NULL,"
        " body TEXT NOT NULL, PRIMARY KEY (volume, folder, name)) WITHOUT ROWID",
    ),
)
WAITING = (
    (
        # paths that wait for the watcher; `kind`: see waiting.KINDS
        "CREATE TABLE waiting (path BLOB PRIMARY KEY, kind INTEGER NOT NULL, due REAL NOT NULL, since REAL NOT NULL)"
        " WITHOUT ROWID",
        "CREATE INDEX waiting_due ON waiting (kind, due)",
    ),
)
FINDINGS = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE volumes (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, class TEXT NOT NULL,"
        " mount BLOB NOT NULL, filesystem TEXT NOT NULL, label TEXT NOT NULL, encrypted INTEGER)",
        "CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,"
        " started REAL NOT NULL, finished REAL, body TEXT, problems BLOB)",
        # `since`, `changed`, `moved`, `gone` are numbers of runs; `file` is the file's number on its volume
        "CREATE TABLE documents (id INTEGER PRIMARY KEY, volume INTEGER NOT NULL, folder BLOB NOT NULL,"
        " name BLOB NOT NULL, inside TEXT NOT NULL, file TEXT NOT NULL, since INTEGER NOT NULL,"
        " changed INTEGER NOT NULL, moved INTEGER NOT NULL, gone INTEGER, why TEXT NOT NULL, before TEXT NOT NULL,"
        " seen REAL NOT NULL, likeness BLOB NOT NULL, types TEXT NOT NULL, persons INTEGER NOT NULL,"
        " body BLOB NOT NULL, sketches BLOB NOT NULL)",
        "CREATE UNIQUE INDEX present ON documents (volume, folder, name, inside) WHERE gone IS NULL",
        "CREATE INDEX vanished ON documents (gone) WHERE gone IS NOT NULL",
    ),
)
