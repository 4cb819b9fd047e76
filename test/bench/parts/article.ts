/**
 * What a tutorial tells a shop to build: an Express listener that parses, compares the secret and answers,
 * keeping nothing; and the same with one durable insert for each request. Run as its own process:
 * `article.ts plain|insert <data file>`; prints its port.
 */
import express from 'express';
import { openDatabase } from '../../../src/main/adapters/sqlite/open.ts';

const [kind, file] = process.argv.slice(2);
const secret = process.env.WEBHOOK_SECRET ?? '';
const app = express();
app.use(express.json());

if (kind === 'insert') {
  const db = openDatabase(file as string);
  db.exec(
    'CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, message_id TEXT, status INTEGER, received_at INTEGER, body TEXT, UNIQUE (message_id, status)) STRICT',
  );
  const insert = db.prepare('INSERT OR IGNORE INTO events (message_id, status, received_at, body) VALUES (?, ?, ?, ?)');
  app.post('/webhook', (request, response) => {
    if (request.headers['x-webhook-signature'] !== secret) return void response.status(401).send('Invalid signature');
    const { data } = request.body;
    insert.run(data.key.id, data.update.status, Date.now(), JSON.stringify(request.body));
    response.status(200).send('OK');
  });
} else {
  app.post('/webhook', (request, response) => {
    if (request.headers['x-webhook-signature'] !== secret) return void response.status(401).send('Invalid signature');
    const { event, data } = request.body;
    if (event === 'messages.update') void { id: data.key.id, status: data.update.status };
    response.status(200).send('OK');
  });
}

const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as { port: number }).port}\n`));
