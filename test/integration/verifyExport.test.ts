/** Exported files, damaged in every way that leaves them readable, and the check that must find it. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookUpExport } from '../../src/main/adapters/sqlite/exportRecords.ts';
import { COLUMN_NAMES, type ColumnName, type Format, writeExport } from '../../src/main/core/read/export.ts';
import { type Verdict, verifyExport } from '../../src/main/core/read/verifyExport.ts';
import { checkExport } from '../../src/main/verify.ts';
import { type CoreWorld, NOON, openCoreWorld } from '../support/coreWorld.ts';
import { tempDir } from '../support/tempDir.ts';

const ROWS = 12;
type File = { readonly name: string; readonly format: Format; readonly bytes: Buffer; readonly rows: number; readonly fingerprint: string };
const files: File[] = [];
let folder: string;

function fill(world: CoreWorld, messages: number): void {
  world.hear(
    Array.from({ length: messages }, (_each, i) => ({
      body: {
        event: 'messages.update',
        timestamp: NOON + i,
        data: { update: { status: 1 + (i % 4) }, key: { id: `W${i}`, remoteJid: `1555000${1000 + i}@s.whatsapp.net`, fromMe: true } },
      },
    })),
  );
  world.hear([
    {
      body: {
        event: 'contacts.upsert',
        timestamp: NOON,
        data: NAMES.map((name, i) => ({ id: `1555000${1000 + i}@s.whatsapp.net`, name })),
      },
    },
  ]);
}
const NAMES = ['Ann "the baker"', 'Ben, of\nthe corner', '=HYPERLINK("http://evil")', 'Çelik 😀', '-1', 'plain'];

async function write(world: CoreWorld, name: string, format: Format, columns: readonly ColumnName[], redact: boolean): Promise<File> {
  const path = join(folder, name);
  const out = createWriteStream(path);
  const { rows, fingerprint } = await writeExport({
    store: world.store,
    query: {},
    format,
    columns,
    redact,
    out,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    breathe: async () => undefined,
  });
  await new Promise<void>((resolve) => out.end(resolve));
  return { name, format, bytes: readFileSync(path), rows, fingerprint };
}

const verify = (bytes: Uint8Array, piece = 7): Promise<Verdict> =>
  verifyExport(
    Readable.from(
      (function* () {
        for (let i = 0; i < bytes.length; i += piece) yield Buffer.from(bytes.subarray(i, i + piece));
      })(),
    ),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tickline-'));
  const world = openCoreWorld(join(folder, 'data'));
  fill(world, ROWS);
  for (const format of ['csv', 'ndjson'] as const) {
    files.push(await write(world, `all.${format}`, format, COLUMN_NAMES, false));
    files.push(await write(world, `some.${format}`, format, ['id', 'name', 'status'], true));
  }
  world.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rows of a file, each with its end; the headings of a CSV file apart. */
function cut(file: File): { readonly head: string; readonly rows: readonly string[] } {
  const text = file.bytes.toString('latin1');
  const rows = text.match(file.format === 'csv' ? /(?:[^"\n]|"[^"]*")*\n/g : /[^\n]*\n/g) ?? [];
  return file.format === 'csv' ? { head: rows[0] ?? '', rows: rows.slice(1) } : { head: '', rows };
}
const joined = (head: string, rows: readonly string[]) => Buffer.from(head + rows.join(''), 'latin1');
const anyFile = () => fc.constantFrom('all.csv', 'some.csv', 'all.ndjson', 'some.ndjson');
const fileOf = (name: string) => files.find((file) => file.name === name) as File;

describe('an exported file', () => {
  it('is whole as it was written, in any format, with any columns, redacted or not, and ends with the fingerprint', async () => {
    for (const file of files) {
      expect(await verify(file.bytes)).toEqual({ whole: true, rows: ROWS, fingerprint: file.fingerprint });
      expect(file.bytes.toString()).toContain(file.fingerprint);
    }
    expect(new Set(files.map((file) => file.fingerprint)).size).toBe(files.length);
  });

  it('shows any single byte that was changed, put in or taken out', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFile(),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.constantFrom('change', 'put in', 'take out'),
        async (name, at, byte, how) => {
          const file = fileOf(name);
          const place = at % file.bytes.length;
          const ahead = file.bytes.subarray(0, place);
          const bytes = Buffer.concat([
            ahead,
            how === 'take out' ? Buffer.alloc(0) : Buffer.from([byte]),
            file.bytes.subarray(how === 'put in' ? place : place + 1),
          ]);
          fc.pre(!bytes.equals(file.bytes));
          expect(await verify(bytes, 4_096)).toMatchObject({ whole: false, words: expect.stringMatching(/^[A-Z].*\.$/) });
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('shows every row that was removed, doubled, moved or brought from another export, and names the first', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFile(),
        fc.nat(ROWS - 1),
        fc.nat(ROWS - 1),
        fc.constantFrom('remove', 'double', 'swap', 'foreign'),
        async (name, a, b, how) => {
          const file = fileOf(name);
          const { head, rows } = cut(file);
          expect(rows).toHaveLength(ROWS);
          const next = [...rows];
          if (how === 'remove') next.splice(a, 1);
          else if (how === 'double') next.splice(b, 0, rows[a] as string);
          else if (how === 'swap') [next[a], next[b]] = [rows[b] as string, rows[a] as string];
          else next[a] = cut(fileOf(name.startsWith('all') ? name.replace('all', 'some') : name.replace('some', 'all'))).rows[a] as string;
          fc.pre(next.join('') !== rows.join(''));
          const verdict = await verify(joined(head, next), 4_096);
          expect(verdict).toMatchObject({ whole: false });
          const first = next.findIndex((row, i) => row !== rows[i]);
          // The first row of another export fits where nothing stands before it; then the second does not fit to it.
          const named = how === 'foreign' && first === 0 && name.endsWith('.ndjson') ? 1 : first;
          if (!verdict.whole) expect(verdict.row).toBe(named === -1 ? next.length + 1 : named + 1);
        },
      ),
      { numRuns: 800 },
    );
  });

  it('shows that rows were cut off at the end, down to the last one, and added after it', async () => {
    for (const file of files) {
      const { head, rows } = cut(file);
      for (let kept = 1; kept < ROWS; kept++)
        expect(await verify(joined(head, rows.slice(0, kept)))).toEqual({
          whole: false,
          row: kept + 1,
          words: expect.stringContaining('missing at the end'),
        });
      expect(await verify(joined(head, [...rows, rows[0] as string]))).toMatchObject({
        whole: false,
        words: expect.stringContaining('added afterwards'),
      });
      expect(await verify(file.bytes.subarray(0, file.bytes.length - 1))).toMatchObject({ whole: false, row: ROWS });
    }
    expect(await verify(Buffer.from('a,b\n1,2\n'))).toMatchObject({ whole: false, row: null });
    expect(await verify(Buffer.alloc(0))).toEqual({ whole: false, row: null, words: 'The file is empty.' });
  });
});

describe('a check by command', () => {
  async function shop() {
    const data = await tempDir();
    const world = openCoreWorld(data);
    fill(world, 3);
    const file = await write(world, 'shop.csv', 'csv', COLUMN_NAMES, false);
    world.store.exportRecords.put({ fingerprint: file.fingerprint, fileName: 'tickline-log.csv', rows: 3, finishedAt: NOON });
    return { data, world, file, path: join(folder, 'shop.csv') };
  }

  it('finds the file on record, also while the app runs, and does not know one that was written anew', async () => {
    const { data, world, file, path } = await shop();
    expect(lookUpExport(data, file.fingerprint)).toEqual({
      found: { fingerprint: file.fingerprint, fileName: 'tickline-log.csv', rows: 3, finishedAt: NOON },
      kept: 1,
    });
    expect(await checkExport(path, { data, fingerprint: undefined })).toEqual({
      good: true,
      words: expect.stringContaining('on record as tickline-log.csv'),
    });
    // Someone changes the log and has the whole chain written anew.
    world.hear([{ body: { event: 'messages.update', timestamp: NOON, data: { update: { status: 4 }, key: { id: 'W0', fromMe: true } } } }]);
    const forged = await write(world, 'forged.csv', 'csv', COLUMN_NAMES, false);
    expect(await verify(forged.bytes)).toMatchObject({ whole: true });
    expect(await checkExport(join(folder, 'forged.csv'), { data, fingerprint: undefined })).toEqual({
      good: false,
      words: expect.stringContaining('NOT on record'),
    });
    expect(await checkExport(join(folder, 'forged.csv'), { data, fingerprint: file.fingerprint })).toMatchObject({ good: false });
    expect(await checkExport(path, { data: join(data, 'nowhere'), fingerprint: file.fingerprint })).toMatchObject({ good: true });
    world.close();
  });

  it('says what it found on standard output and ends with 0 or 1', async () => {
    const { data, world, file, path } = await shop();
    world.close();
    const run = (...args: string[]) =>
      new Promise<{ readonly code: number | null; readonly out: string }>((resolve) => {
        const child = spawn(process.execPath, ['src/main/headless.ts', '--data', data, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
        let out = '';
        child.stdout.on('data', (part) => {
          out += part;
        });
        child.on('close', (code) => resolve({ code, out }));
      });
    expect(await run('--verify', path)).toEqual({ code: 0, out: expect.stringContaining('3 rows, none of them changed') });
    const edited = join(folder, 'edited.csv');
    writeFileSync(edited, file.bytes.toString('latin1').replace('W1', 'W9'), 'latin1');
    expect(await run('--verify', edited, '--fingerprint', file.fingerprint.replace(/.{8}/g, '$& '))).toEqual({
      code: 1,
      out: expect.stringMatching(/NOT as it was exported\. Row \d was changed/),
    });
    expect(await run('--verify', join(folder, 'none.csv'))).toMatchObject({ code: 1 });
  });
});
