-- The records of accounts and how far they are in step, in SQL that SQLite and
-- PostgreSQL share. Texts that are compared with others are so by their bytes.

-- Accounts. state is 0 for desynchronized, 1 for in progress, 2 for synchronized; next
-- is in microseconds since 1970, 0 for an account that is not to be fetched.
CREATE TABLE records_repo (
	did          {{text}} PRIMARY KEY,
	state        BIGINT NOT NULL,
	rev          {{text}} NOT NULL,
	data         {{bytes}},
	want         {{text}} NOT NULL,
	active       BIGINT NOT NULL,
	status       TEXT NOT NULL,
	handle       TEXT NOT NULL,
	host         {{text}} NOT NULL,
	epoch        BIGINT NOT NULL,
	attempts     BIGINT NOT NULL,
	reason       TEXT NOT NULL,
	next         BIGINT NOT NULL,
	queued       BIGINT NOT NULL,
	queued_bytes BIGINT NOT NULL,
	queued_rev   {{text}} NOT NULL,
	version      BIGINT NOT NULL
);
CREATE INDEX records_repo_host ON records_repo (host, next) WHERE state = 0 AND next > 0;

-- What is stored of each record. Paths are bytes, so that they are in the same order
-- everywhere.
CREATE TABLE records_record (
	did  {{text}} NOT NULL,
	path {{bytes}} NOT NULL,
	cid  {{bytes}} NOT NULL,
	PRIMARY KEY (did, path)
);

-- Events that wait for the end of a fetch, as JSON.
CREATE TABLE records_queue (
	did   {{text}} NOT NULL,
	rev   {{text}} NOT NULL,
	event TEXT NOT NULL,
	PRIMARY KEY (did, rev)
);

-- Events that wait to be delivered. Those of accounts have no action.
CREATE TABLE records_event (
	id     {{seq}} PRIMARY KEY,
	did    {{text}} NOT NULL,
	action TEXT NOT NULL,
	live   BIGINT NOT NULL,
	rev    {{text}} NOT NULL,
	path   {{bytes}} NOT NULL,
	cid    {{bytes}},
	data   {{bytes}},
	handle TEXT NOT NULL,
	active BIGINT NOT NULL,
	status TEXT NOT NULL
);
CREATE INDEX records_event_did ON records_event (did, action);

-- The last ID of an event, in one row, which whoever adds some locks first, so that
-- they can be seen in the order of their IDs.
CREATE TABLE records_head (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	latest BIGINT NOT NULL
);
INSERT INTO records_head (one, latest) VALUES (1, 0);

CREATE TABLE records_setting (
	name  {{text}} PRIMARY KEY,
	value TEXT NOT NULL
);

-- The version of this schema.
CREATE TABLE records_schema (version INTEGER PRIMARY KEY);
INSERT INTO records_schema (version) VALUES (3);
