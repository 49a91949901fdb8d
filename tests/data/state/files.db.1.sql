-- The database as the first release made it, with a row in each table that must survive.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE generations (id INTEGER PRIMARY KEY, basis TEXT NOT NULL, rules TEXT NOT NULL);
CREATE TABLE outcomes (id INTEGER PRIMARY KEY, state TEXT NOT NULL, why TEXT NOT NULL, UNIQUE (state, why));
CREATE TABLE in_play (id INTEGER PRIMARY KEY, rules TEXT NOT NULL UNIQUE);
CREATE TABLE blocks (id INTEGER PRIMARY KEY, volume INTEGER NOT NULL, folder BLOB NOT NULL, first BLOB NOT NULL, generation INTEGER NOT NULL, fingerprint BLOB, ledger TEXT NOT NULL, special INTEGER NOT NULL, records BLOB NOT NULL, UNIQUE (volume, folder, first));
CREATE TABLE details (volume INTEGER NOT NULL, folder BLOB NOT NULL, name BLOB NOT NULL, body TEXT NOT NULL, PRIMARY KEY (volume, folder, name)) WITHOUT ROWID;
INSERT INTO meta VALUES ('twin', '0123456789abcdef');
PRAGMA user_version = 1;
