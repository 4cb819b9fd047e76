import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEscapes, rewriteJson } from '../../../../src/main/core/domain/jsonScan.ts';

const silent = { marksFor: () => 0, onString: () => undefined };

/** Every string and bare run of `text` with the key it stands under. */
function tokens(text: string): string[] {
  const found: string[] = [];
  rewriteJson(text, {
    marksFor: () => 0,
    onString: (inside, place, isKey) => {
      found.push(`${isKey ? 'key' : 'string'} ${place.key}=${inside}`);
      return undefined;
    },
    onBare: (bare, place) => {
      found.push(`bare ${place.key}=${bare}`);
      return undefined;
    },
  });
  return found;
}

describe('the walk over JSON', () => {
  it('leaves every text as it is, whole or broken, when nothing is replaced', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', ' ', 'a', '1') }),
        ),
        (text) => {
          expect(rewriteJson(text, silent)).toBe(text);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('replaces every string and every number of any JSON without making it anything but JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const rewritten = rewriteJson(text, {
          marksFor: () => 0,
          onString: (_inside, _place, isKey) => (isKey ? undefined : 'x'),
          onBare: () => '0',
        });
        expect(leaves(JSON.parse(rewritten)).every((leaf) => leaf === 'x' || leaf === 0)).toBe(true);
        expect(shape(JSON.parse(rewritten))).toEqual(shape(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it('knows the key of a value, also in lists and after what was nested', () => {
    expect(tokens('{"a":[1,{"b":"x"},"y"],"c":{"d":{"e":2}},"f":"z"}')).toEqual([
      'key a=a',
      'bare a=1',
      'key b=b',
      'string b=x',
      'string a=y',
      'key c=c',
      'key d=d',
      'key e=e',
      'bare e=2',
      'key f=f',
      'string f=z',
    ]);
  });

  it('sees through escapes in keys and quotes in strings', () => {
    expect(tokens(String.raw`{"session\u0049d" : "a\"b\\", "x":1}`)).toEqual([
      String.raw`key sessionId=session\u0049d`,
      String.raw`string sessionId=a\"b\\`,
      'key x=x',
      'bare x=1',
    ]);
  });

  it('hands down marks to what is below a key and takes them back after it', () => {
    const marked: string[] = [];
    rewriteJson('{"m":{"a":["1",{"b":"2"}],"c":"3"},"d":"4","m":"5"}', {
      marksFor: (key, inherited) => inherited | (key === 'm' ? 1 : 0),
      onString: (inside, place, isKey) => {
        if (!isKey && place.marks === 1) marked.push(inside);
        return undefined;
      },
    });
    expect(marked).toEqual(['1', '2', '3', '5']);
  });

  it('reads on in a body that was cut off anywhere', () => {
    const whole = '{"event":"x","sessionId":"secret","data":{"n":12}}';
    for (let end = 0; end <= whole.length; end++) expect(() => tokens(whole.slice(0, end))).not.toThrow();
    expect(tokens('{"sessionId":"sec')).toEqual(['key sessionId=sessionId', 'string sessionId=sec']);
    expect(tokens('"sessionId":sec}}]]"a":"b"')).toEqual(['key sessionId=sessionId', 'bare sessionId=sec', 'key a=a', 'string a=b']);
  });

  it('takes time in proportion to the text, however it is nested or quoted', () => {
    const long = 200_000;
    for (const text of [
      '['.repeat(long),
      '{"a":'.repeat(long / 5),
      '"'.repeat(long),
      `"${'\\'.repeat(long)}`,
      `"${'\\"'.repeat(long / 2)}`,
      ' '.repeat(long),
    ]) {
      const begin = performance.now();
      rewriteJson(text, silent);
      expect(performance.now() - begin).toBeLessThan(500);
    }
  });
});

describe('escapes', () => {
  it('are read as JSON reads them', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => readEscapes(JSON.stringify(text).slice(1, -1)) === text));
  });

  it('that are broken stand for themselves and hide none of their neighbours', () => {
    expect(readEscapes(String.raw`\q s\u0065cret \u00 \x41 \u00e9`)).toBe(String.raw`\q secret \u00 \x41 é`);
  });
});

function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, each]) => [key, shape(each)]);
  return 'leaf';
}

function leaves(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
}
