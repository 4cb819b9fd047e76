/** Rows for tests and pictures, with invented people and numbers. */
import type { MessageRow, Step } from '../../src/shared/contract/views.ts';

export const SHOP = 'acc_00000000000000a1';

export const stated = (at: number): Step => ({ at, how: 'stated' });
export const between = (after: number, at: number): Step => ({ at, how: 'between', after });

/** A message to one person, queued at `firstAt`; everything else as given. */
export function aMessage(id: string, firstAt: number, part: Partial<MessageRow> = {}): MessageRow {
  const steps = part.steps ?? { queued: stated(firstAt) };
  return {
    id,
    account: SHOP,
    demo: false,
    messageId: `3EB0${id.padStart(12, '0').toUpperCase()}`,
    providerMessageId: '58000001',
    recipient: '+447700900481',
    name: null,
    kind: 'person',
    status: steps.read ? 'read' : steps.failed ? 'failed' : steps.delivered ? 'delivered' : steps.sent ? 'sent' : 'queued',
    statusAt: (steps.read ?? steps.failed ?? steps.delivered ?? steps.sent ?? steps.queued)?.at ?? null,
    firstAt,
    steps,
    group: null,
    failure: null,
    deleted: false,
    tags: [],
    text: null,
    confirmedBy: null,
    doubt: null,
    unseen: null,
    gaps: [],
    ...part,
  };
}

const NAMES = [
  'Amina Yusuf',
  'Rafael Ortega',
  'Priya Natarajan',
  'Tom Baxter',
  'Chen Wei',
  'Zofia Lis',
  'Kwame Mensah',
  'Ingrid Dahl',
  'Luca Moretti',
  'Noor Haddad',
];
const NUMBERS = [
  '+447700900',
  '+34600111',
  '+447700900',
  '+15550102',
  '+8613800138',
  '+48500600',
  '+233200300',
  '+4790011',
  '+39333444',
  '+96650011',
];

/** A believable morning, newest first: the six of the reference drawing and many more behind them. */
export function aMorning(now: number, many = 400): readonly MessageRow[] {
  const min = 60_000;
  const at = (ago: number) => now - ago;
  const gap = { from: at(13.2 * min), to: at(10.9 * min) };
  const t3 = at(13.36 * min);
  const first: MessageRow[] = [
    aMessage('m906', at(2_000), { name: 'Amina Yusuf', recipient: '+447700900481', steps: { queued: stated(at(2000)), sent: stated(at(900)) } }),
    aMessage('m905', at(12_000), {
      name: 'Rafael Ortega',
      recipient: '+34600111907',
      tags: ['orders'],
      steps: { queued: stated(at(12_000)), sent: stated(at(11_200)), delivered: stated(at(4000)) },
    }),
    aMessage('m904', t3, {
      name: 'Priya Natarajan',
      recipient: '+447700900132',
      tags: ['orders'],
      gaps: [gap],
      steps: { queued: stated(t3), sent: stated(t3 + 1000), delivered: between(gap.to, gap.to + 21_000), read: stated(t3 + 676_000) },
    }),
    aMessage('m903', at(14 * min), {
      name: 'Tom Baxter',
      recipient: '+15550100660',
      failure: 'No WhatsApp',
      gaps: [],
      steps: { queued: stated(at(14 * min)), failed: { at: at(14 * min) + 2400, how: 'stated', reason: 'No WhatsApp' } },
    }),
    aMessage('m902', at(26 * min), {
      name: 'Team Saturday',
      recipient: '120363000000000001@g.us',
      kind: 'group',
      group: { status: 'delivered', people: 12, delivered: 12, read: 7, played: 0, failed: 0 },
      steps: { queued: stated(at(26 * min)), sent: stated(at(26 * min) + 600), delivered: stated(at(26 * min) + 41_000) },
    }),
    aMessage('m901', at(41 * min), {
      name: 'Chen Wei',
      recipient: '+8613800138018',
      tags: ['orders'],
      steps: { queued: stated(at(41 * min)), sent: stated(at(41 * min) + 1200), delivered: stated(at(41 * min) + 52_000) },
    }),
  ];
  return [...first, ...Array.from({ length: many }, (_, index) => older(index, now))];
}

/** One of the many: its life follows from its number, so every run draws the same. */
function older(index: number, now: number): MessageRow {
  const start = now - (44 + index * 7) * 60_000 - ((index * 7919) % 50_000);
  const pick = (list: readonly string[]) => list[(index * 7 + 3) % list.length] ?? '';
  const wait = 700 + ((index * 104_729) % 90_000);
  const base = {
    name: index % 9 === 5 ? null : pick(NAMES),
    recipient: `${pick(NUMBERS)}${String(100 + ((index * 37) % 900))}`,
    tags: index % 3 === 0 ? ['orders'] : index % 7 === 0 ? ['pickup'] : [],
  };
  const steps = { queued: stated(start), sent: stated(start + 400 + ((index * 31) % 900)) };
  const id = `m${900 - index}`;
  if (index % 23 === 7)
    return aMessage(id, start, {
      ...base,
      failure: 'Number not on WhatsApp',
      steps: { queued: stated(start), failed: { at: start + 1800, how: 'stated' } },
    });
  if (index % 11 === 3) return aMessage(id, start, { ...base, steps });
  const delivered = { ...steps, delivered: index % 6 === 4 ? between(start + wait, start + wait + 30_000) : stated(start + wait) };
  if (index % 4 === 2) return aMessage(id, start, { ...base, steps: delivered });
  const read = start + wait + 60_000 + ((index * 15_485_863) % 5_400_000);
  return aMessage(id, start, { ...base, steps: { ...delivered, read: stated(Math.min(read, now - 1000)) } });
}
