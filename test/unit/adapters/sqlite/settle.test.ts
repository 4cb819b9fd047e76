import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyDatabase } from '../../../../src/main/adapters/sqlite/safekeeping/copy.ts';
import { graft } from '../../../../src/main/adapters/sqlite/safekeeping/graft.ts';
import { createSafekeeping } from '../../../../src/main/adapters/sqlite/safekeeping/index.ts';
import { markDamaged, readPending, writePending } from '../../../../src/main/adapters/sqlite/safekeeping/pending.ts';
import { newBackupId } from '../../../../src/main/adapters/sqlite/safekeeping/shelf.ts';
import { DATABASE_FILE, openStore } from '../../../../src/main/adapters/sqlite/store.ts';
import { tempDir } from '../../../support/tempDir.ts';

const NOW = 1_770_000_000_000;
const now = () => NOW;

/** Records with `a` = new, a backup in which it is old, and the decision to put that back. */
async function decided(): Promise<{ data: string; stamp: string; before: Buffer }> {
  const data = await tempDir();
  const id = newBackupId(NOW - 1000, 'asked');
  const store = openStore(data, now);
  store.settings.put('a', 'old');
  mkdirSync(join(data, 'backups'));
  await copyDatabase(join(data, DATABASE_FILE), join(data, 'backups', `${id}.sqlite`), () => undefined);
  store.settings.put('a', 'new');
  store.close();
  createSafekeeping(data).decideRestore(id, NOW);
  return { data, stamp: readPending(data)?.stamp ?? '', before: readFileSync(join(data, DATABASE_FILE)) };
}

function settled(data: string): { a: string | undefined; aside: number; left: readonly string[] } {
  const store = openStore(data, now);
  const a = store.settings.get('a');
  store.close();
  const aside = existsSync(join(data, 'set-aside')) ? readdirSync(join(data, 'set-aside')).length : 0;
  return { a, aside, left: readdirSync(data).filter((name) => /^(incoming|damaged|fresh|recovery)/.test(name)) };
}

describe('a restore', () => {
  it('that was cut off while it was built is built again, with the present records where they were', async () => {
    const { data, stamp, before } = await decided();
    writeFileSync(join(data, `incoming-${stamp}.sqlite.partial`), 'half a database');
    expect(readFileSync(join(data, DATABASE_FILE)).equals(before)).toBe(true);
    expect(settled(data)).toEqual({ a: 'old', aside: 1, left: [] });
    expect(readFileSync(join(data, 'set-aside', stamp, DATABASE_FILE)).equals(before)).toBe(true);
  });

  it('that was cut off between the renames goes on from there', async () => {
    const { data, stamp } = await decided();
    // what a kill leaves: built, decided, the old file moved, the new one not yet
    const pending = readPending(data);
    if (pending === undefined) throw new Error('nothing pending');
    cpSync(join(data, 'backups', `${pending.backup}.sqlite`), join(data, `incoming-${stamp}.sqlite`));
    writePending(data, { ...pending, phase: 'swap' });
    mkdirSync(join(data, 'set-aside', stamp), { recursive: true });
    renameSync(join(data, DATABASE_FILE), join(data, 'set-aside', stamp, DATABASE_FILE));
    expect(settled(data)).toEqual({ a: 'old', aside: 1, left: [] });
  });

  it('that was cut off after the last rename never moves the new records aside in their turn', async () => {
    const { data } = await decided();
    const pending = readPending(data);
    if (pending === undefined) throw new Error('nothing pending');
    expect(settled(data)).toMatchObject({ a: 'old', aside: 1 });
    const inode = statSync(join(data, DATABASE_FILE)).ino;
    writePending(data, { ...pending, phase: 'swap' });
    expect(settled(data)).toEqual({ a: 'old', aside: 1, left: [] });
    expect(statSync(join(data, DATABASE_FILE)).ino).toBe(inode);
  });

  it('of a backup that cannot be read changes nothing, and says so', async () => {
    const { data } = await decided();
    writeFileSync(join(data, 'backups', `${readPending(data)?.backup}.sqlite`), 'no database at all'.repeat(1000));
    expect(settled(data)).toMatchObject({ a: 'new', left: [] });
    expect(createSafekeeping(data).lastReport()).toMatchObject({ kind: 'not-restored', setAside: null });
  });
});

describe('a recovery', () => {
  it('from an older copy takes along who was erased, and begins an erasure anew that was not done', async () => {
    const [copy, damaged] = [openStore(await tempDir(), now), openStore(await tempDir(), now)];
    onTestFinished(() => [copy, damaged].forEach((store) => void store.close()));
    damaged.settings.put('privacy-key', 'aa');
    const [done, begun] = [1, 2].map(() => damaged.privacy.begin({ hash: 'h', tail: '19', reason: null, askedAt: NOW }));
    damaged.privacy.suppress(done ?? 0, ['theirs']);
    damaged.privacy.finish(done ?? 0, NOW);
    damaged.privacy.seal(begun ?? 0, 'whom');
    damaged.privacy.progress(begun ?? 0, 'files', 'x', {});
    graft(copy.db, damaged.db, true);
    expect(copy.settings.get('privacy-key')).toBe('aa');
    expect(copy.privacy.suppressed()).toEqual([{ hash: 'theirs', erasure: done }]);
    expect(copy.privacy.erasures()).toMatchObject([
      { finishedAt: NOW, step: 'done' },
      { finishedAt: null, sealed: 'whom', step: 'messages', cursor: '' },
    ]);
  });

  it('puts the words of a table right, in which a letter was flipped, without a loss', async () => {
    const data = await tempDir();
    const store = openStore(data, now);
    store.settings.put('a', 'b');
    store.close();
    const file = join(data, DATABASE_FILE);
    const bytes = readFileSync(file);
    const place = bytes.indexOf('received_at INTEGER NOT NULL');
    expect(place).toBeGreaterThan(0);
    bytes.write('seceived_at', place, 'latin1');
    writeFileSync(file, bytes);
    const again = openStore(data, now);
    expect(again.settings.get('a')).toBe('b');
    expect(again.inbox.pendingCount()).toBe(0);
    again.close();
    expect(createSafekeeping(data).lastReport()).toMatchObject({ kind: 'recovered', base: 'whole' });
  });

  it('that ended the process five times is done without reading the damaged file again, and says so', async () => {
    const { data } = await decided();
    const pending = readPending(data);
    if (pending === undefined) throw new Error('nothing pending');
    writePending(data, { ...pending, kind: 'recover', backup: null, tries: 5 });
    expect(settled(data)).toMatchObject({ a: 'old', aside: 1, left: [] });
    const report = createSafekeeping(data).lastReport();
    expect(report).toMatchObject({ kind: 'recovered', base: 'backup' });
    expect(report?.missing.after).not.toBeNull();
    expect(report?.words.join(' ')).toContain('ended 5 times while it read the damaged file');
  });

  it('that was cut off less often reads the damaged file', async () => {
    const { data } = await decided();
    const pending = readPending(data);
    if (pending === undefined) throw new Error('nothing pending');
    writePending(data, { ...pending, kind: 'recover', backup: null, tries: 4 });
    expect(settled(data)).toMatchObject({ a: 'new', aside: 1, left: [] });
    expect(createSafekeeping(data).lastReport()?.words.join(' ')).not.toContain('gave that up');
  });

  it('is refused after three within an hour, because then the disk is to blame', async () => {
    const data = await tempDir();
    openStore(data, now).close();
    for (let i = 0; i < 3; i++) {
      markDamaged(data, 'a trial', NOW + i);
      openStore(data, now).close();
    }
    markDamaged(data, 'a trial', NOW + 3);
    expect(() => openStore(data, now)).toThrow(/4 times within an hour/);
    // it stays decided, and is done when the hour is over
    const later = openStore(data, () => NOW + 2 * 3_600_000);
    later.close();
    expect(readdirSync(join(data, 'set-aside'))).toHaveLength(4);
  });
});
