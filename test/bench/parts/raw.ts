/**
 * What the disk and the driver can do at most: better-sqlite3 alone, durable, one row or a thousand in a
 * transaction, into a table like our inbox. `raw.ts ROWS_PER_TRANSACTION SECONDS FILE`; prints one JSON line.
 */
import { openDatabase } from '../../../src/main/adapters/sqlite/open.ts';

const [rows = '1', seconds = '3', file = ''] = process.argv.slice(2);
const db = openDatabase(file);
db.exec(
  'CREATE TABLE events (id INTEGER PRIMARY KEY, message TEXT, status INTEGER, received_at INTEGER, body BLOB) STRICT; CREATE UNIQUE INDEX once ON events(message, status)',
);
const insert = db.prepare('INSERT INTO events (message, status, received_at, body) VALUES (?, ?, ?, ?)');
const body = Buffer.alloc(230, 'x');
let n = 0;
const some = db.transaction(() => {
  for (let i = 0; i < Number(rows); i++, n++) insert.run(`3EB0${n.toString(16).padStart(12, '0')}`, 3, n, body);
});
const started = performance.now();
while (performance.now() - started < Number(seconds) * 1000) some();
const took = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ perSecond: n / took, synchronous: db.pragma('synchronous', { simple: true }) })}\n`);
