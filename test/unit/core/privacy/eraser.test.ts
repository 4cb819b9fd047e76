import { describe, expect, it } from 'vitest';
import { createEraser } from '../../../../src/main/core/privacy/eraser.ts';

const eraser = createEraser({ addresses: ['+447700900219', '98700000000001@lid'], names: ['Amara Osei'] }, 'erased-7');

describe('an eraser', () => {
  it.each([
    ['+447700900219', 'erased-7'],
    ['447700900219@s.whatsapp.net', 'erased-7@s.whatsapp.net'],
    ['447700900219:12@s.whatsapp.net', 'erased-7:12@s.whatsapp.net'],
    ['447700900219-1410000000@g.us', 'erased-7-1410000000@g.us'],
    ['98700000000001@lid', 'erased-7@lid'],
    ['call +44 7700 900 219 now', 'call erased-7 now'],
    ['call +44 (0)7700-900.219', 'call erased-7'],
    ['07700 900219', 'erased-7'],
    ['00447700900219', 'erased-7'],
    ['٤٤٧٧٠٠٩٠٠٢١٩', 'erased-7'],
    ['{"a":447700900219,"b":"\\u0034\\u0034\\u0037700900219"}', '{"a":"erased-7","b":"erased-7"}'],
    ['{"447700900219@c.us":{"n":4.47700900219e11}}', '{"erased-7@c.us":{"n":"erased-7"}}'],
    [`{"thumb":"${Buffer.from('to:447700900219;').toString('base64')}"}`, '{"thumb":"erased-7"}'],
    ['{"broken":"447700900219', '{"broken":"erased-7'],
  ])('finds %s', (text, clean) => {
    expect(eraser.scrub(text)).toBe(clean);
    expect(eraser.holds(clean)).toBe(false);
  });

  it.each(['1447700900219', '4477009002190', '447700900218', '{"timestamp":1770000000123,"id":"3EB0447700900"}'])('leaves %s as it is', (text) => {
    expect(eraser.scrub(text)).toBe(text);
  });

  it('takes a name out only where a name stands', () => {
    const clean = eraser.scrubBytes(Buffer.from('{"pushName":"Amara Osei","name":"Kofi","note":"Amara Osei"}'), true);
    expect(clean.toString()).toBe('{"pushName":"","name":"Kofi","note":"Amara Osei"}');
  });

  it('leaves bytes that are no text as they came', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('447700900219'), Buffer.from([0xc0, 0x00])]);
    const clean = eraser.scrubBytes(bytes);
    expect(clean).toEqual(Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('erased-7'), Buffer.from([0xc0, 0x00])]));
    expect(eraser.scrubBytes(Buffer.from([0xff, 0xfe]))).toEqual(Buffer.from([0xff, 0xfe]));
  });

  it.each(['utf16le', 'utf8', 'latin1'] as const)('finds it in a file as %s, unless it is a part of another number', (encoding) => {
    const piece = (text: string) => Buffer.from(text, encoding);
    expect(eraser.inFile(piece('x447700900219y'))).toBe(true);
    for (const other of ['x447700900218y', 'x1447700900219', '44770090021978']) {
      expect(eraser.inFile(piece(other))).toBe(false);
      expect(eraser.scrubBytes(piece(other))).toEqual(piece(other));
    }
    expect(eraser.perhapsInFile(piece('44770090021978'))).toBe(true);
  });

  it('does not guess at the ends of a piece what it is touched by', () => {
    const [cut, whole] = [{ before: true, after: true }, undefined];
    for (const text of ['447700900219', '447700900219y', 'x447700900219']) {
      expect(eraser.inFile(Buffer.from(text), whole)).toBe(true);
      expect(eraser.inFile(Buffer.from(text), cut)).toBe(false);
    }
    expect(eraser.inFile(Buffer.from('x447700900219y'), cut)).toBe(true);
  });

  it.each([0, 1, 2])('leaves a longer number in base64 at offset %i as it is', (offset) => {
    for (const other of ['447700900219', '4477009002197', '8447700900219', '84477009002197']) {
      const text = Buffer.from(Buffer.from(`${'x'.repeat(offset)}${other}y`).toString('base64'));
      const isTheirs = other === '447700900219';
      expect(eraser.inFile(text)).toBe(isTheirs);
      expect(eraser.scrubBytes(text).equals(text)).toBe(!isTheirs);
    }
  });

  it.each([0, 1, 2])('finds it in base64 at offset %i', (offset) => {
    expect(eraser.inFile(Buffer.from(Buffer.from(`${'x'.repeat(offset)}447700900219y`).toString('base64')))).toBe(true);
  });
});
