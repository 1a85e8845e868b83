-- What a directory of did:plc keeps, in SQL that SQLite and PostgreSQL share.

-- All operations. Place is that in the log of the DID, from 0; times are
-- milliseconds since 1970; cid is binary, and operation JSON.
CREATE TABLE plc_operation (
	seq        {{seq}} PRIMARY KEY,
	did        TEXT NOT NULL,
	place      INTEGER NOT NULL,
	cid        {{bytes}} NOT NULL,
	operation  TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	authority  INTEGER NOT NULL,
	nullified  INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX plc_operation_place ON plc_operation (did, place);
CREATE UNIQUE INDEX plc_operation_active ON plc_operation (did, place) WHERE nullified = 0;
CREATE INDEX plc_operation_cid ON plc_operation (did, cid);
CREATE INDEX plc_operation_time ON plc_operation (created_at, seq);

-- The last number that was given: one row, which whoever writes locks first. It
-- makes the order of numbers the order of commits.
CREATE TABLE plc_sequence (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	last BIGINT NOT NULL
);
INSERT INTO plc_sequence (one, last) VALUES (1, 0);

-- Lines of another directory that a mirror does not take.
CREATE TABLE plc_aside (
	seq    BIGINT NOT NULL,
	hash   {{bytes}} NOT NULL,
	reason TEXT NOT NULL,
	line   {{bytes}} NOT NULL,
	PRIMARY KEY (seq, hash)
);

-- The version of this schema.
CREATE TABLE plc_schema (version INTEGER PRIMARY KEY);
INSERT INTO plc_schema (version) VALUES (2);
