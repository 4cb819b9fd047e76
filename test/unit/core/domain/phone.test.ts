import { describe, expect, it } from 'vitest';
import { maskAddress, parseRecipient, showAddress } from '../../../../src/main/core/domain/phone.ts';

describe('a recipient', () => {
  it('is understood as people write it', () => {
    for (const written of [
      '+44 7700 900219',
      '0044 7700 900219',
      ' +44 (7700) 900-219 ',
      '447700900219',
      '+44.7700.900219',
      '447700900219@s.whatsapp.net',
      '447700900219:7@s.whatsapp.net',
    ])
      expect(parseRecipient(written)).toBe('+447700900219');
  });

  it('may be a group or a hidden address', () => {
    expect(parseRecipient('120363000000000001@g.us')).toBe('120363000000000001@g.us');
    expect(parseRecipient('123456789012345@lid')).toBe('123456789012345@lid');
  });

  it('may be a number that no table of countries knows', () => {
    expect(parseRecipient('+15550002222')).toBe('+15550002222');
    expect(parseRecipient('+99912345678')).toBe('+99912345678');
  });

  it('is not a national number without its country, nor anything else', () => {
    for (const written of [
      '07700 900219',
      '(0170) 1234567',
      '+0 7700 900219',
      '',
      ' ',
      '+',
      'hello',
      '+44 77x0 900219',
      '123',
      `+${'1'.repeat(16)}`,
      'a@b.c',
      '12345@evil.example',
    ])
      expect(parseRecipient(written)).toBeUndefined();
  });
});

describe('an address on the screen', () => {
  it('is shown in groups where it is a number, and as it is otherwise', () => {
    expect(showAddress('+447700900219')).toBe('+44 7700 900219');
    expect(showAddress('+99912345678')).toBe('+99912345678');
    expect(showAddress('120363000000000001@g.us')).toBe('120363000000000001@g.us');
  });

  it('is masked down to its country and its last three digits', () => {
    expect(maskAddress('+447700900219')).toBe('+44 ··· 219');
    expect(maskAddress('+99912345678')).toBe('··· 678');
    expect(maskAddress('120363000000000001@g.us')).toBe('···001@g.us');
    expect(maskAddress('15550002222-1600000000@g.us')).toBe('···000@g.us');
  });
});
