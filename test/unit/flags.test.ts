import { describe, expect, it } from 'vitest';
import { defaultDataFolder } from '../../src/main/dataFolder.ts';
import { parseFlags } from '../../src/main/flags.ts';

describe('the command line', () => {
  it('has sensible values for what is left out', () => {
    expect(parseFlags([], 'refused')).toMatchObject({ ok: true, flags: { port: 41781, webhookPort: 41782, demo: false, data: undefined } });
  });

  it('takes every documented flag', () => {
    const given = ['--browser', '--data', '/d', '--port', '0', '--webhook-port=7', '--token-file', 't', '--passphrase-file', 'p', '--demo'];
    expect(parseFlags(given, 'refused')).toEqual({
      ok: true,
      flags: { data: '/d', port: 0, webhookPort: 7, tokenFile: 't', passphraseFile: 'p', demo: true, help: false },
    });
  });

  it.each([
    [['--prot', '1']],
    [['--port', '65536']],
    [['--port', '-1']],
    [['--port', '1e3']],
    [['--port']],
    [['--data', '']],
    [['extra']],
    [['--passphrase', 'x']],
  ])('refuses %j and says why', (given) => {
    const parsed = parseFlags(given, 'refused');
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.words).toMatch(/port|data|prot|extra|passphrase/);
  });

  it("leaves Chromium's own flags alone in the desktop app", () => {
    expect(parseFlags(['--no-sandbox', '--inspect=0', '--data', '/d', '--remote-debugging-port=0', '.'], 'ignored')).toMatchObject({
      ok: true,
      flags: { data: '/d' },
    });
  });
});

describe('the data folder', () => {
  it('is where each platform wants it', () => {
    expect(defaultDataFolder('linux', { XDG_DATA_HOME: '/x' }, '/home/a')).toBe('/x/tickline');
    expect(defaultDataFolder('linux', { XDG_DATA_HOME: 'relative' }, '/home/a')).toBe('/home/a/.local/share/tickline');
    expect(defaultDataFolder('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Application Support/Tickline');
    expect(defaultDataFolder('win32', { APPDATA: '/roaming' }, '/a')).toBe('/roaming/Tickline');
  });
});
