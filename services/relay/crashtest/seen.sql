CREATE TABLE seen_schema (version INTEGER NOT NULL);
INSERT INTO seen_schema (version) VALUES (1);
CREATE TABLE seen (
	seq INTEGER PRIMARY KEY,
	digest {{bytes}} NOT NULL,
	did TEXT NOT NULL,
	rev TEXT NOT NULL,
	verdict TEXT NOT NULL,
	reason TEXT NOT NULL,
	times INTEGER NOT NULL,
	clash INTEGER NOT NULL
);
CREATE TABLE account (did TEXT PRIMARY KEY, rev TEXT NOT NULL, data {{bytes}} NOT NULL);
CREATE TABLE record (did TEXT NOT NULL, path TEXT NOT NULL, cid TEXT NOT NULL, PRIMARY KEY (did, path));
CREATE TABLE progress (one INTEGER PRIMARY KEY, cursor INTEGER NOT NULL, count INTEGER NOT NULL);
INSERT INTO progress (one, cursor, count) VALUES (1, 0, 0);
CREATE TRIGGER counted AFTER INSERT ON seen BEGIN UPDATE progress SET count = count + 1; END;
CREATE TABLE fault (text TEXT NOT NULL);
