import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../../src/main/page.ts';
import { answerPage } from '../../../src/main/shell/pageProtocol.ts';
import { tempDir } from '../../support/tempDir.ts';

async function aPage() {
  const folder = await tempDir();
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.js'), 'secret');
  await writeFile(join(folder, 'page', 'index.html'), 'the page');
  await writeFile(join(folder, 'page', 'assets', 'main.js'), 'the script');
  return readPage(join(folder, 'page'));
}

describe('the page of the desktop app', () => {
  it('is served under a policy that lets it connect to nothing', async () => {
    const answer = answerPage({ method: 'GET', url: 'app://tickline/' }, await aPage());
    expect(await answer.text()).toBe('the page');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'.*connect-src 'none'/);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('gives nothing else, however the path is dressed up', async () => {
    const page = await aPage();
    const piece = fc.constantFrom(
      '..',
      '%2e%2e',
      '..%2f',
      '..\\',
      '/',
      '%00',
      '\0',
      'secret.js',
      'etc',
      'passwd',
      'assets',
      'C:',
      '~',
      '.',
      '%5c',
      '//',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const answer = answerPage({ method: 'GET', url: `app://tickline/${pieces.join('/')}` }, page);
        const led = new URL(`app://tickline/${pieces.join('/')}`).pathname;
        expect(answer.status).toBe(led === '/' ? 200 : 404);
      }),
      { numRuns: 400 },
    );
  });

  it('is given to no other host, scheme or method', async () => {
    const page = await aPage();
    expect(answerPage({ method: 'GET', url: 'app://other/' }, page).status).toBe(404);
    expect(answerPage({ method: 'POST', url: 'app://tickline/' }, page).status).toBe(404);
    expect(answerPage({ method: 'GET', url: 'file:///' }, page).status).toBe(404);
  });

  it('must exist: a folder without one is refused at the start', async () => {
    await expect(readPage(await tempDir())).rejects.toThrow('index.html');
  });
});
