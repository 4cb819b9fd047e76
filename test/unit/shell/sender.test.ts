import { describe, expect, it } from 'vitest';
import { isAllowedPermission, isOurFrame, isOurPage } from '../../../src/main/shell/sender.ts';

describe('a message is taken from our own top frame alone', () => {
  it('takes it from there', () => {
    expect(isOurFrame({ url: 'app://tickline/', parent: null })).toBe(true);
    expect(isOurFrame({ url: 'app://tickline/index.html#/messages', parent: null })).toBe(true);
  });

  it('refuses a frame inside ours, and one that is gone', () => {
    expect(isOurFrame({ url: 'app://tickline/', parent: {} })).toBe(false);
    expect(isOurFrame(null)).toBe(false);
    expect(isOurFrame(undefined)).toBe(false);
  });

  it.each([
    'https://tickline/',
    'http://127.0.0.1/',
    'app://tickline.evil/',
    'app://evil/',
    'app://a@tickline/',
    'app://tickline:80/',
    'application://tickline/',
    'file:///app://tickline/',
    'about:blank',
    'data:text/html,x',
    '',
  ])('refuses %j', (url) => {
    expect(isOurFrame({ url, parent: null })).toBe(false);
    expect(isOurPage(url)).toBe(false);
  });
});

describe('the page may ask the computer for nothing', () => {
  it.each([
    'accessibility-events',
    'clipboard-read',
    'display-capture',
    'fileSystem',
    'fullscreen',
    'geolocation',
    'hid',
    'idle-detection',
    'keyboardLock',
    'media',
    'mediaKeySystem',
    'midi',
    'midiSysex',
    'notifications',
    'openExternal',
    'pointerLock',
    'serial',
    'speaker-selection',
    'storage-access',
    'usb',
    'window-management',
  ])('of the kind %s', (permission) => expect(isAllowedPermission(permission, 'app://tickline/')).toBe(false));

  it('except to put on the clipboard what its owner copies', () => {
    expect(isAllowedPermission('clipboard-sanitized-write', 'app://tickline/')).toBe(true);
    expect(isAllowedPermission('clipboard-sanitized-write', 'https://evil.example/')).toBe(false);
  });
});
