# SPDX-License-Identifier: Apache-2.0
"""The tables of the ledger.

``entry`` holds what the log commits to, for ever. ``payload`` holds what opens the commitment and may be erased. Statements about keys and erasures are few among millions of events: each
kind has an index of its own, which the others do not pay for. ``tile`` holds the full tiles of level 0 and every tile above; ``head`` is one row, the latest checkpoint.
"""

TABLES = """
CREATE TABLE IF NOT EXISTS entry (
  leaf {whole} PRIMARY KEY,
  kind {text} NOT NULL,
  identity {bytes} UNIQUE,
  commitment {bytes} NOT NULL
);
CREATE TABLE IF NOT EXISTS payload (
  leaf {whole} PRIMARY KEY,
  salt {bytes} NOT NULL,
  body {bytes} NOT NULL
);
CREATE TABLE IF NOT EXISTS tile (
  level {whole} NOT NULL,
  number {whole} NOT NULL,
  hashes {bytes} NOT NULL,
  PRIMARY KEY (level, number)
);
CREATE TABLE IF NOT EXISTS head (
  one {whole} PRIMARY KEY CHECK (one = 1),
  size {whole} NOT NULL,
  root {bytes} NOT NULL,
  note {text} NOT NULL
);
CREATE TABLE IF NOT EXISTS cosigned (
  size {whole} PRIMARY KEY,
  note {text} NOT NULL
);
DROP INDEX IF EXISTS entry_by_kind;
CREATE INDEX IF NOT EXISTS entry_key ON entry (leaf) WHERE kind = 'key';
CREATE INDEX IF NOT EXISTS entry_erasure ON entry (leaf) WHERE kind = 'erasure'
"""
