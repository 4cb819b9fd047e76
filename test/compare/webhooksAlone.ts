/**
 * Contestant: webhooks alone. The tutorial's Express listener, which keeps what it hears in memory. It reads
 * each body with our own provider adapter, so that it loses nothing to a spelling it does not know.
 */
import express from 'express';
import { wasenderapi } from '../../src/main/adapters/provider/wasenderapi/index.ts';
import { createRecord, waName } from './record.ts';

const provider = wasenderapi();
const record = createRecord();
const app = express();
app.use(express.raw({ type: () => true, limit: '1mb' }));
app.post('/webhook', (request, response) => {
  response.status(200).send('OK');
  const receivedAt = Date.now();
  const { facts } = provider.normalise({ source: 'webhook', shape: 'webhook', body: request.body, receivedAt });
  for (const fact of facts)
    if (fact.kind === 'receipt' && fact.ref.waId !== undefined && fact.person === undefined)
      record.note(waName(fact.ref.waId), fact.said, receivedAt);
});
const server = app.listen(0, '127.0.0.1', () => process.send?.({ is: 'ready', port: (server.address() as { port: number }).port }));
process.on('message', (message: { do: string }) => {
  if (message.do === 'tell') process.send?.({ is: 'known', known: [...record.known], refused: 0 });
  else if (message.do === 'stop') process.exit(0);
});
process.on('disconnect', () => process.exit(1));
