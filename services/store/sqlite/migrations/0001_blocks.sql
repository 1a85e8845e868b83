-- A repository. Its head is the CID of the latest commit, in binary.
CREATE TABLE repo (
	id   INTEGER PRIMARY KEY,
	did  TEXT NOT NULL UNIQUE,
	head BLOB CHECK (length(head) = 36)
) STRICT;

-- The blocks of repositories: rev is that of the commit with which a block came,
-- refs how many references there are to it. They stand in the order of their
-- arrival beside an index of CIDs: as rows of the index itself an import took a
-- third longer.
CREATE TABLE block (
	repo INTEGER NOT NULL REFERENCES repo (id),
	cid  BLOB NOT NULL CHECK (length(cid) = 36),
	rev  TEXT NOT NULL,
	refs INTEGER NOT NULL CHECK (refs > 0),
	data BLOB NOT NULL,
	UNIQUE (repo, cid)
) STRICT;

CREATE INDEX block_rev ON block (repo, rev);
