import { describe, expect, it } from 'vitest';
import { curlOf } from '../../src/renderer/src/events/curl.ts';
import { isMarked, markedCount, NOTHING, toggle, wishOf } from '../../src/renderer/src/events/selection.ts';

const ORDER = [9, 8, 7, 6, 5, 4];

describe('marked entries', () => {
  it('are those touched, with shift all up to the last one touched, made like the one that was', () => {
    let selection = toggle(NOTHING, 8, false, ORDER);
    selection = toggle(selection, 5, true, ORDER);
    expect([...ORDER].filter((id) => isMarked(selection, id))).toEqual([8, 7, 6, 5]);
    expect(wishOf(selection)).toEqual({ ids: [5, 6, 7, 8] });
    selection = toggle(selection, 7, true, ORDER);
    expect(ORDER.filter((id) => isMarked(selection, id))).toEqual([8]);
    expect(wishOf(NOTHING)).toBeNull();
  });

  it('are all that the filter matched when it was asked, also those not on the screen, without what came later and what was taken out', () => {
    let selection = toggle({ kind: 'all', filter: { state: 'quarantined' }, upTo: 8, count: 1_234, except: new Set() }, 6, false, ORDER);
    expect(markedCount(selection)).toBe(1_233);
    expect(ORDER.filter((id) => isMarked(selection, id))).toEqual([8, 7, 5, 4]);
    expect(wishOf(selection)).toEqual({ filter: { state: 'quarantined', upTo: 8 }, except: [6] });
    selection = toggle(selection, 6, false, ORDER);
    expect(markedCount(selection)).toBe(1_234);
  });
});

it('a webhook copied as curl survives a shell, whatever is in its body, and holds no secret', () => {
  const command = curlOf(
    { body: `{"text":"it's $HOME \`id\`"}`, headers: { 'content-type': 'application/json', via: '1.1 x' } },
    'http://127.0.0.1:41782',
  );
  expect(command).toBe(
    [
      "curl -X POST 'http://127.0.0.1:41782/w/YOUR-WEBHOOK-PATH' \\",
      "  -H 'content-type: application/json' \\",
      "  -H 'x-webhook-signature: YOUR-WEBHOOK-SECRET' \\",
      `  --data-binary '{"text":"it'\\''s $HOME \`id\`"}'`,
    ].join('\n'),
  );
});
