import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAllowedLink } from '../../../src/main/shell/links.ts';

describe('a link may leave the app', () => {
  it.each([
    'https://wasenderapi.com',
    'https://www.wasenderapi.com/login?next=%2F',
    'https://docs.wasenderapi.com/a#b',
    'https://github.com/localtunnel/localtunnel',
    'https://theboroer.github.io/localtunnel-www/',
  ])('when it is %s', (link) => expect(isAllowedLink(link)).toBe(true));
});

describe('a link may not leave the app', () => {
  it.each([
    'http://wasenderapi.com',
    'https://wasenderapi.com.evil.example',
    'https://evilwasenderapi.com',
    'https://wasenderapi.com@evil.example/',
    'https://user:word@wasenderapi.com/',
    'https://wasenderapi.com:8443/',
    'https://evil.example/?https://wasenderapi.com',
    'https:\\\\wasenderapi.com',
    'https:/wasenderapi.com',
    'https:wasenderapi.com',
    'https:///wasenderapi.com',
    'https://wasenderapi.com\\@evil.example',
    'https://wasenderapi.com/\0.exe',
    'https://wasenderapi.com/\n',
    ' https://wasenderapi.com',
    'https://wаsenderapi.com/',
    'https://github.com.',
    'https://gist.github.com/',
    'file:///etc/passwd',
    'smb://server/share',
    'javascript:alert(1)',
    'data:text/html,hello',
    'vbscript:x',
    'ms-msdt:/id',
    'app://tickline/',
    'ftp://wasenderapi.com',
    '//wasenderapi.com',
    '',
    `https://github.com/${'x'.repeat(3000)}`,
  ])('when it is %j', (link) => expect(isAllowedLink(link)).toBe(false));

  it('whatever else it is, unless it is plain https to a known host', () => {
    const scheme = fc.constantFrom('https:', 'http:', 'file:', 'smb:', 'javascript:', 'HTTPS:', 'ht\0tps:', 'https:\t');
    const slashes = fc.constantFrom('//', '/', '', '\\\\', '///');
    const host = fc.oneof(
      fc.constantFrom('wasenderapi.com', 'github.com', 'evil.example', 'wasenderapi.com.evil.example', '127.0.0.1', '[::1]'),
      fc.domain(),
    );
    const rest = fc.oneof(fc.webPath(), fc.string({ unit: 'binary' }));
    const known = /^(https):\/\/(([a-z0-9-]+\.)*wasenderapi\.com|github\.com|theboroer\.github\.io|localtunnel\.me|faq\.whatsapp\.com)([/?#]|$)/i;
    fc.assert(
      fc.property(scheme, slashes, fc.constantFrom('', 'a@', 'a:b@'), host, fc.constantFrom('', ':443', ':8443'), rest, (...parts) => {
        const link = parts.join('');
        // the standard port is the only one that may be spelled out
        if (isAllowedLink(link)) expect(link.replace(/^(https:\/\/[^/?#]*):443(?=[/?#]|$)/i, '$1')).toMatch(known);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        if (isAllowedLink(text)) expect(text).toMatch(known);
      }),
      { numRuns: 2000 },
    );
  });
});
