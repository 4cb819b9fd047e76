import type { EngineHandlers } from '../../shared/contract/requests.ts';
import { FailureError, raise } from '../core/domain/failure.ts';
import { messageKey, messageRow, parseMessageKey } from '../core/domain/ids.ts';
import { parseRecipient } from '../core/domain/phone.ts';
import { writeTracked } from '../core/ingest/track.ts';
import type { MessageRecord } from '../core/ports/store.ts';
import { readMessageCursor, writeMessageCursor } from '../core/read/cursors.ts';
import { timelineOf, toMessageRow } from '../core/read/rows.ts';
import { type Parts, queryOf } from './parts.ts';

type Names = 'messages.page' | 'messages.get' | 'messages.track' | 'messages.send';

export function messageHandlers(parts: Parts): Pick<EngineHandlers, Names> {
  const { store, registry, publisher, clock } = parts;

  /** By our own name, WhatsApp's id, or the provider's. */
  function find(account: string, id: string): MessageRecord | undefined {
    const known = registry.need(account).id;
    const key = parseMessageKey(id);
    const own = key === undefined ? undefined : store.messages.byRow(messageRow(key));
    return (own?.account === known ? own : undefined) ?? store.messages.byWaId(known, id) ?? store.messages.byProviderId(known, id);
  }

  return {
    'messages.page': (input) => {
      const { cursor, limit, ...filter } = input ?? { limit: 50 };
      const seq = publisher.seq();
      const found = store.messages.page(queryOf(filter), cursor === undefined ? undefined : readMessageCursor(cursor), limit + 1);
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      const context = parts.rowContext();
      return {
        rows: rows.map((row) => toMessageRow(row, context)),
        nextCursor: found.length > limit && last !== undefined ? writeMessageCursor({ firstAt: last.firstAt, row: last.row }) : null,
        seq,
      };
    },
    'messages.get': ({ account, messageId }) => {
      const message = find(account, messageId) ?? raise('not_found', 'There is no message with this id in this account.');
      return timelineOf(store, message, parts.rowContext(), publisher.seq());
    },
    'messages.track': async ({ account: id, messageId, providerMessageId, recipient, sentAt, name, tags, groupSize }) => {
      const account = registry.need(id);
      if (messageId === undefined && providerMessageId === undefined)
        raise('bad_input', 'A message needs an id to be tracked by.', { detail: 'input.messageId or input.providerMessageId is required' });
      const chat =
        parseRecipient(recipient) ??
        raise('bad_input', 'This is not a phone number with its country code, nor a group address.', { detail: 'input.recipient' });
      parts.assertAllowed(chat);
      const providerId = providerMessageId === undefined ? undefined : String(providerMessageId);
      await account.keep({
        source: 'track',
        shape: 'track',
        receivedAt: clock.now(),
        body: writeTracked({
          chat,
          tags,
          ...(messageId === undefined ? {} : { waId: messageId }),
          ...(providerId === undefined ? {} : { providerId }),
          ...(sentAt === undefined ? {} : { at: sentAt }),
          ...(name === undefined ? {} : { name }),
          ...(groupSize === undefined ? {} : { groupSize }),
        }),
      });
      parts.drain.drainAll();
      const message =
        (messageId === undefined ? undefined : store.messages.byWaId(account.id, messageId)) ??
        (providerId === undefined ? undefined : store.messages.byProviderId(account.id, providerId));
      if (message === undefined) raise('our_fault', 'The message was kept but could not be understood. See Events.');
      return { id: messageKey(message.row) };
    },
    'messages.send': async ({ account: id, recipient, text }) => {
      const account = registry.need(id);
      if (!account.provider.info.can.send) raise('unsupported', `Tickline cannot send through ${account.provider.info.name}.`);
      const to =
        parseRecipient(recipient) ??
        raise('bad_input', 'This is not a phone number with its country code, like +44 7700 900219.', { detail: 'input.recipient' });
      parts.assertAllowed(to);
      const grant = account.poller.take('interactive');
      if (!grant.ok)
        raise('rate_limited', `${account.provider.info.name} allows no more requests just now. Nothing was sent.`, {
          retry: true,
          afterMs: grant.waitMs,
        });
      const answer = await account.client().send({ recipient: to, text });
      if (!answer.ok) throw new FailureError(answer.error);
      const kept = await account.keep({ source: 'send', shape: answer.value.shape, body: answer.value.body, receivedAt: answer.value.at });
      parts.drain.drainAll();
      const row = store.messages.receiptsOfEntry(kept)[0]?.messageRow;
      const message = row === undefined ? undefined : store.messages.byRow(row);
      return {
        id: message ? messageKey(message.row) : null,
        messageId: message?.waId ?? null,
        providerMessageId: message?.providerId ?? null,
        status: message?.status ?? null,
      };
    },
  };
}
