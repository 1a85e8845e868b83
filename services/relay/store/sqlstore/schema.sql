-- What a relay remembers besides its events, in SQL that SQLite and PostgreSQL share.

-- Hosts; seq is -1 where nothing was processed yet, times are milliseconds.
CREATE TABLE relay_host (
	name          TEXT PRIMARY KEY,
	no_ssl        INTEGER NOT NULL,
	seq           BIGINT NOT NULL,
	accounts      BIGINT NOT NULL,
	account_limit BIGINT NOT NULL,
	trusted       INTEGER NOT NULL,
	banned        INTEGER NOT NULL,
	stopped       TEXT NOT NULL,
	by_admin      INTEGER NOT NULL,
	first_seen    BIGINT NOT NULL
);
CREATE INDEX relay_host_first_seen ON relay_host (first_seen);

-- Accounts; head and data are CIDs, or empty before the first commit.
CREATE TABLE relay_account (
	did            TEXT PRIMARY KEY,
	host           TEXT NOT NULL,
	rev            TEXT NOT NULL,
	head           {{bytes}} NOT NULL,
	data           {{bytes}} NOT NULL,
	active         INTEGER NOT NULL,
	status         TEXT NOT NULL,
	desynchronized INTEGER NOT NULL,
	takedown       INTEGER NOT NULL,
	throttled      INTEGER NOT NULL,
	first_seen     BIGINT NOT NULL
);
CREATE INDEX relay_account_throttled ON relay_account (host, first_seen, did) WHERE throttled = 1;

-- Which accounts have, or have had, records in which collections.
CREATE TABLE relay_collection (
	collection TEXT NOT NULL,
	did        TEXT NOT NULL,
	PRIMARY KEY (collection, did)
);
CREATE INDEX relay_collection_did ON relay_collection (did);

-- The version of this schema.
CREATE TABLE relay_schema (version INTEGER PRIMARY KEY);
INSERT INTO relay_schema (version) VALUES (1);
