import { describe, expect, it } from 'vitest';
import * as payloads from '../../../src/main/demo/payloads.ts';
import { createRandom } from '../../../src/main/demo/random.ts';

const plain = payloads.DOCUMENTED_STYLE;
const about = { apiKey: 'k'.repeat(8), at: 1_770_000_000_123, waId: '3EB0EXAMPLE01', chat: '15550002222@s.whatsapp.net' };

describe('the webhook bodies of the demo shop', () => {
  it('write an update as the vendor documents it', () => {
    expect(payloads.statusUpdate({ ...about, status: 3 })).toEqual({
      event: 'messages.update',
      sessionId: 'kkkkkkkk',
      timestamp: 1_770_000_000_123,
      data: { update: { status: 3 }, key: { remoteJid: '15550002222@s.whatsapp.net', id: '3EB0EXAMPLE01', fromMe: true } },
    });
  });

  it('write the same update as a list, in words, in seconds, from the other side and without a key', () => {
    const style = { ...plain, list: true, status: 'capitals', time: 's', fromMe: false, session: false } as const;
    expect(payloads.statusUpdate({ ...about, status: 3, style })).toEqual({
      event: 'messages.update',
      timestamp: 1_770_000_000,
      data: [{ update: { status: 'DELIVERY_ACK' }, key: { remoteJid: '15550002222@s.whatsapp.net', id: '3EB0EXAMPLE01', fromMe: false } }],
    });
    expect(payloads.statusUpdate({ ...about, status: 0, style: { ...plain, status: 'word', time: 'none' } })).toMatchObject({
      data: { update: { status: 'error' } },
    });
    expect(payloads.statusUpdate({ ...about, status: 1, style: { ...plain, time: 'none' } })).not.toHaveProperty('timestamp');
  });

  it('write a group receipt in both documented shapes, times in seconds', () => {
    const group = { ...about, chat: '120363000000000001@g.us', person: '15550003333@s.whatsapp.net' };
    expect(payloads.groupReceipt({ ...group, step: 'read' }).data).toEqual({
      message: {
        key: { remoteJid: group.chat, id: about.waId, fromMe: true, participant: group.person },
        receipt: { userJid: group.person, readTimestamp: 1_770_000_000 },
      },
    });
    expect(payloads.groupReceipt({ ...group, step: 'played', style: { ...plain, shape: 'other' } }).data).toEqual([
      {
        key: { remoteJid: group.chat, id: about.waId, fromMe: true, participant: group.person },
        receipt: { userJid: group.person, status: 'played', t: 1_770_000_000 },
      },
    ]);
  });

  it('write a sent message in both shapes, and a failure that names nothing', () => {
    expect(payloads.sent({ ...about, to: '+15550002222', text: 'Hi' }).data).toEqual({
      key: { id: about.waId, fromMe: true, remoteJid: '+15550002222' },
      message: { conversation: 'Hi' },
      success: true,
    });
    expect(payloads.sent({ ...about, to: '+15550002222', text: 'Hi', style: { ...plain, shape: 'other' } }).data).toMatchObject({
      id: about.waId,
      to: '+15550002222',
    });
    expect(payloads.sendFailed({ ...about, error: 'not on WhatsApp' }).data).toEqual({ success: false, error: 'not on WhatsApp' });
  });

  it('write deletes, states, codes, contacts and messages from a LID', () => {
    expect(payloads.deleted({ ...about, keys: [about] }).data).toEqual({ keys: [{ id: about.waId, fromMe: true, remoteJid: about.chat }] });
    expect(payloads.sessionStatus({ ...about, state: 'need_scan', style: { ...plain, status: 'capitals' } }).data).toEqual({
      status: 'NEED_SCAN',
      session_id: 'kkkkkkkk',
    });
    expect(payloads.qrUpdated({ ...about, qr: '2@x' })).toEqual({ event: 'qrcode.updated', sessionId: 'kkkkkkkk', data: { qr: '2@x' } });
    expect(payloads.contactsAppeared({ ...about, contacts: [{ chat: about.chat, name: 'Ada Obi' }] }).event).toBe('contacts.upsert');
    expect(payloads.appeared({ ...about, chat: '123@lid', phone: '15550002222', fromMe: true, text: 'Hi' }).data).toMatchObject({
      messages: {
        key: { fromMe: true, remoteJid: '123@lid', cleanedSenderPn: '15550002222', addressingMode: 'lid' },
        messageTimestamp: 1_770_000_000,
      },
    });
  });

  it('mix every documented way of writing within a few dozen styles of one seed', () => {
    const random = createRandom(7);
    const styles = Array.from({ length: 80 }, () => payloads.randomStyle(random));
    expect(new Set(styles.map((style) => style.list)).size).toBe(2);
    expect(new Set(styles.map((style) => style.status)).size).toBe(3);
    expect(new Set(styles.map((style) => style.time))).toEqual(new Set(['ms', 's']));
    expect(new Set(styles.map((style) => style.shape)).size).toBe(2);
    expect(new Set(styles.map((style) => style.fromMe)).size).toBe(2);
    expect(new Set(styles.map((style) => style.session)).size).toBe(2);
  });
});

describe('repeatable chance', () => {
  it('gives the same numbers for the same seed and other ones for another', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed).next);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('forks depend on their labels and not on what was drawn before', () => {
    const one = createRandom(5);
    const other = createRandom(5);
    other.next();
    expect(one.fork('message', 3).next()).toBe(other.fork('message', 3).next());
    expect(one.fork('message', 3).next()).not.toBe(one.fork('message', 4).next());
  });

  it('has half of its lognormal waits below the median', () => {
    const random = createRandom(3);
    const below = Array.from({ length: 4000 }, () => random.lognormal(20, 1)).filter((wait) => wait < 20).length;
    expect(below).toBeGreaterThan(1850);
    expect(below).toBeLessThan(2150);
  });
});
