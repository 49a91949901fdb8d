-- The database as the first release made it, with a row in each table that must survive.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE volumes (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, class TEXT NOT NULL, mount BLOB NOT NULL, filesystem TEXT NOT NULL, label TEXT NOT NULL, encrypted INTEGER);
CREATE TABLE runs (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, started REAL NOT NULL, finished REAL, body TEXT, problems BLOB);
CREATE TABLE documents (id INTEGER PRIMARY KEY, volume INTEGER NOT NULL, folder BLOB NOT NULL, name BLOB NOT NULL, inside TEXT NOT NULL, file TEXT NOT NULL, since INTEGER NOT NULL, changed INTEGER NOT NULL, moved INTEGER NOT NULL, gone INTEGER, why TEXT NOT NULL, before TEXT NOT NULL, seen REAL NOT NULL, likeness BLOB NOT NULL, types TEXT NOT NULL, persons INTEGER NOT NULL, body BLOB NOT NULL, sketches BLOB NOT NULL);
CREATE UNIQUE INDEX present ON documents (volume, folder, name, inside) WHERE gone IS NULL;
CREATE INDEX vanished ON documents (gone) WHERE gone IS NOT NULL;
INSERT INTO meta VALUES ('twin', '0123456789abcdef');
PRAGMA user_version = 1;
