-- Times are UTC, as SQLite's datetime() writes them: '2027-01-02 03:04:05'. Hexadecimal is upper case without colons.
-- Paths are text, or a blob where they are not UTF-8.

-- CAs whose certificates are in the inventory, and where their keys are: below the CA's folder, or absolute.
CREATE TABLE authorities (
    id             INTEGER PRIMARY KEY,
    certificate_id INTEGER NOT NULL UNIQUE REFERENCES certificates (id) DEFERRABLE INITIALLY DEFERRED,
    role           TEXT    NOT NULL CHECK (role IN ('root', 'intermediate')),
    state          TEXT    NOT NULL CHECK (state IN ('active', 'retired')),
    key_file       ANY,
    key_encrypted  INTEGER NOT NULL CHECK (key_encrypted IN (0, 1)),
    crl_number     INTEGER NOT NULL DEFAULT 0 CHECK (crl_number >= 0),  -- the last one given out
    added_at       TEXT    NOT NULL
) STRICT;

-- Every serial number that was ever given out, whether or not a certificate came of it.
CREATE TABLE serials (
    issuer_id   INTEGER NOT NULL REFERENCES authorities (id) DEFERRABLE INITIALLY DEFERRED,
    serial      TEXT    NOT NULL CHECK (serial <> ''),
    reserved_at TEXT    NOT NULL,
    PRIMARY KEY (issuer_id, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificates (
    id          INTEGER PRIMARY KEY,
    issuer_id   INTEGER,                  -- null: its issuer is not in this inventory
    serial      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    profile     TEXT    NOT NULL,
    not_before  TEXT    NOT NULL,
    not_after   TEXT    NOT NULL,
    sha256      TEXT    NOT NULL UNIQUE,
    spki_sha256 TEXT    NOT NULL,         -- base64, as curl --pinnedpubkey takes it
    der         BLOB    NOT NULL,
    recorded_at TEXT    NOT NULL,
    replaced_by INTEGER REFERENCES certificates (id),
    UNIQUE (issuer_id, serial),
    FOREIGN KEY (issuer_id, serial) REFERENCES serials (issuer_id, serial) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX certificates_not_after ON certificates (not_after);
CREATE INDEX certificates_serial ON certificates (serial);

CREATE TABLE certificate_names (
    certificate_id INTEGER NOT NULL REFERENCES certificates (id),
    position       INTEGER NOT NULL,
    kind           TEXT    NOT NULL,      -- DNS, IP, email, URI, ...
    name           TEXT    NOT NULL COLLATE NOCASE,
    PRIMARY KEY (certificate_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX certificate_names_name ON certificate_names (name);

-- Planned before the file is written; written_at comes after. Null for long: the file never appeared.
CREATE TABLE certificate_files (
    certificate_id INTEGER NOT NULL REFERENCES certificates (id),
    kind           TEXT    NOT NULL CHECK (kind IN ('certificate', 'chain', 'key', 'bundle')),
    path           ANY     NOT NULL,
    written_at     TEXT,
    PRIMARY KEY (certificate_id, kind, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    id             INTEGER PRIMARY KEY,
    received_at    TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    sha256         TEXT    NOT NULL,
    der            BLOB    NOT NULL,
    decision       TEXT    NOT NULL DEFAULT 'pending' CHECK (decision IN ('pending', 'approved', 'refused')),
    reason         TEXT,
    decided_at     TEXT,
    certificate_id INTEGER REFERENCES certificates (id)
) STRICT;

CREATE TABLE revocations (
    issuer_id       INTEGER NOT NULL,
    serial          TEXT    NOT NULL,
    reason          TEXT    NOT NULL,     -- RFC 5280 section 5.3.1
    revoked_at      TEXT    NOT NULL,
    invalidity_date TEXT,
    PRIMARY KEY (issuer_id, serial),
    FOREIGN KEY (issuer_id, serial) REFERENCES serials (issuer_id, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE crls (
    issuer_id   INTEGER NOT NULL REFERENCES authorities (id),
    number      INTEGER NOT NULL CHECK (number > 0),
    this_update TEXT    NOT NULL,
    next_update TEXT    NOT NULL,
    der         BLOB    NOT NULL,
    PRIMARY KEY (issuer_id, number)
) STRICT;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    time     TEXT NOT NULL,
    who      TEXT NOT NULL,
    what     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    previous TEXT NOT NULL,               -- the hash of the row before, for the first one 64 zeros
    hash     TEXT NOT NULL
) STRICT;
-- The last row once more, so that one that is cut off is missed.
CREATE TABLE audit_head (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    sequence INTEGER NOT NULL,
    hash     TEXT    NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Against a slip of the hand; whoever means to can drop them, and then the hashes tell.
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never removed'); END;

-- For people: one line for each certificate.
CREATE VIEW inventory AS
SELECT c.id, i.subject AS issuer, c.serial, c.subject, c.profile,
       (SELECT group_concat(n.name, ' ') FROM certificate_names n WHERE n.certificate_id = c.id) AS names,
       c.not_before, c.not_after, r.revoked_at, r.reason, c.replaced_by, c.sha256
FROM certificates c
LEFT JOIN authorities a ON a.id = c.issuer_id
LEFT JOIN certificates i ON i.id = a.certificate_id
LEFT JOIN revocations r ON r.issuer_id = c.issuer_id AND r.serial = c.serial;
