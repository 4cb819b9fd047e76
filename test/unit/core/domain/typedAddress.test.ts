import { describe, expect, it } from 'vitest';
import { isPublicOrName, refuseTypedAddress } from '../../../../src/main/core/domain/typedAddress.ts';

describe('an owner may type', () => {
  it.each([
    'https://www.wasenderapi.com/api',
    'https://localtunnel.me',
    'http://127.0.0.1:8080',
    'http://localhost:3000',
    'http://[::1]:3000/',
    'https://192.168.1.20/gateway',
    'https://10.0.0.7',
    'http://[fd12:3456:789a:0:0:0:0:1]/',
    'https://100.64.3.4',
    'https://8.8.8.8/',
    'https://xn--mnchen-3ya.example/',
    'HTTPS://Example.COM',
  ])('%s', (address) => expect(refuseTypedAddress(address)).toBeUndefined());
});

describe('an owner is told that nothing can be behind', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://0.0.0.0:8080/',
    'http://0/',
    'http://[::]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[ff02::1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
  ])('%s', (address) => expect(refuseTypedAddress(address)).toMatch(/reserved/));
});

describe('an owner is asked to write plainly', () => {
  it.each([
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://127.0.0.1./',
    'http://127.0.0.01/',
    'http://%31%32%37.0.0.1/',
    'http://①②⑦.0.0.1/',
    'http://127。0。0。1/',
    'http://3232235786/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[::127.0.0.1]/',
    'http://134744072/',
  ])('%s', (address) => expect(refuseTypedAddress(address)).toMatch(/usual form/));
});

it.each([
  '',
  'nonsense',
  'ftp://example.com',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https://',
  'https://user@example.com',
  'https://u:p@127.0.0.1/',
  'https://[::1',
  'https://exa mple.com',
])('what is no web address is refused: %j', (address) => expect(refuseTypedAddress(address)).toBeDefined());

it('a server of the internet may lead on to the internet alone', () => {
  expect(['https://a.loca.lt', 'https://8.8.8.8'].map(isPublicOrName)).toEqual([true, true]);
  expect(['http://127.0.0.1', 'http://localhost', 'http://192.168.1.1', 'http://169.254.169.254', 'http://[::1]', 'x'].map(isPublicOrName)).toEqual(
    Array.from({ length: 6 }, () => false),
  );
});
