import { describe, expect, it } from 'vitest';
import { hasManyPeople, readAddress } from '../../../../src/main/core/domain/address.ts';

describe('an address', () => {
  it.each([
    ['15550002222@s.whatsapp.net', '+15550002222'],
    ['15550002222:12@s.whatsapp.net', '+15550002222'],
    ['15550002222_1:12@s.whatsapp.net', '+15550002222'],
    ['15550002222@c.us', '+15550002222'],
    ['+15550002222', '+15550002222'],
    ['15550002222', '+15550002222'],
    ['+1 (555) 000-2222', '+15550002222'],
    ['120363000000000001@g.us', '120363000000000001@g.us'],
    ['15550001111-1600000000@g.us', '15550001111-1600000000@g.us'],
    ['98700000000001@lid', '98700000000001@lid'],
    ['98700000000001:7@lid', '98700000000001@lid'],
    ['120363000000000002@newsletter', '120363000000000002@newsletter'],
    ['status@broadcast', 'status@broadcast'],
  ])('%s has one form: %s', (text, form) => {
    expect(readAddress(text)).toBe(form);
    expect(readAddress(form), 'which reads as itself').toBe(form);
  });

  it.each([
    '',
    '1234',
    '1234567890123456',
    'anna',
    '@g.us',
    'anna@example.com',
    '[masked]',
    '+',
    `${'1'.repeat(200)}@g.us`,
    '15550002222@s.whatsapp.net.evil',
  ])('%s is none', (text) => {
    expect(readAddress(text)).toBeUndefined();
  });

  it('of a group or a broadcast list has many people behind it', () => {
    expect(['120363000000000001@g.us', 'status@broadcast', '+15550002222', '98700000000001@lid'].map(hasManyPeople)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
