import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { watchNetwork } from '../../../../src/main/adapters/network/watch.ts';
import { createFakeClock } from '../../../support/fakeClock.ts';

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

function one(address: string, more: Partial<NetworkInterfaceInfo> = {}): NetworkInterfaceInfo {
  const common = { netmask: '', mac: '', internal: false, cidr: null, ...more };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0, address } : { ...common, family: 'IPv4', address };
}

it('tells of another network once, and not of addresses that change for privacy', () => {
  const clock = createFakeClock();
  let changes = 0;
  let now: Interfaces = { lo: [one('127.0.0.1', { internal: true })], wlan0: [one('192.168.1.20'), one('2001:db8:1:2:aaaa::1'), one('fe80::1')] };
  const stop = watchNetwork({ clock, read: () => now }, () => changes++);
  clock.advance(60_000);
  expect(changes).toBe(0);
  now = { ...now, wlan0: [one('2001:db8:1:2:bbbb::2'), one('192.168.1.20'), one('fe80::2')] };
  clock.advance(10_000);
  expect(changes).toBe(0);
  now = { ...now, wlan0: [one('10.0.0.7')] };
  clock.advance(5_000);
  expect(changes).toBe(1);
  clock.advance(60_000);
  expect(changes).toBe(1);
  stop();
  now = {};
  clock.advance(60_000);
  expect(changes).toBe(1);
  expect(clock.waiting()).toBe(0);
});

it('goes on when the system does not tell', () => {
  const clock = createFakeClock();
  let changes = 0;
  let works = true;
  const read = () => {
    if (!works) throw new Error('EPERM');
    return { eth0: [one('10.0.0.1')] };
  };
  const stop = watchNetwork({ clock, read }, () => changes++);
  works = false;
  clock.advance(20_000);
  works = true;
  clock.advance(20_000);
  expect(changes).toBe(0);
  stop();
});
