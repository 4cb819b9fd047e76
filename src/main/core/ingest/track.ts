/** A message that was sent elsewhere and is registered by the owner or a script: it takes the road of every other entry. */
import { z } from 'zod';
import type { Normalised } from '../ports/provider.ts';

const tracked = z.object({
  waId: z.string().optional(),
  providerId: z.string().optional(),
  chat: z.string(),
  at: z.int().optional(),
  name: z.string().optional(),
  tags: z.array(z.string()).default([]),
  groupSize: z.int().optional(),
});
export type Tracked = z.input<typeof tracked>;

/** The bytes of the inbox entry that registers a message. */
export function writeTracked(message: Tracked): Buffer {
  return Buffer.from(JSON.stringify(tracked.parse(message)));
}

/** Understands such an entry again. */
export function readTracked(body: Buffer): Normalised {
  try {
    const { waId, providerId, chat, at, name, tags, groupSize } = tracked.parse(JSON.parse(body.toString('utf8')));
    const ref = { ...(waId === undefined ? {} : { waId }), ...(providerId === undefined ? {} : { providerId }) };
    return {
      facts: [
        {
          kind: 'message',
          ref,
          chat,
          tags,
          ...(at === undefined ? {} : { at }),
          ...(name === undefined ? {} : { name }),
          ...(groupSize === undefined ? {} : { groupSize }),
        },
      ],
      oddities: [],
    };
  } catch {
    return { facts: [], oddities: [{ kind: 'broken', reason: 'a registration that is not whole' }] };
  }
}
