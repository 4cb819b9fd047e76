/** Opens the disks that a power cut may leave behind, and compares each with what had been acknowledged by then. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../../src/main/adapters/sqlite/store.ts';
import type { Random } from '../../../src/main/demo/random.ts';
import { createLedger } from '../ledger.ts';
import { createDisk, DISK_FILES, LOSSES, readJournal } from './powerCut.ts';

/** An event that was answered 200, and how long the journal was when the client had the answer. */
export type Thanks = { readonly number: number; readonly position: number };

export type ImagesReport = {
  readonly images: number;
  readonly acknowledged: number;
  /** Events that were acknowledged and are not there, over all images. */
  readonly lost: number;
  /** Images in which something is lost. */
  readonly losing: number;
  /** Images that do not open, are not whole, or count something twice, in words. */
  readonly broken: readonly string[];
};

/** The first start, in which the tables are made step by step, is short and its own kind of moment: so much of the cuts falls into it. */
const FIRST_START = { records: 400, share: 0.2 };

/** Cuts the journal at `images` points, spread by chance, and opens what each leaves; works in `folder`, which it makes. */
export function checkImages(given: {
  readonly journal: string;
  readonly thanks: readonly Thanks[];
  readonly images: number;
  readonly random: Random;
  readonly folder: string;
}): ImagesReport {
  const { journal, thanks, images, random, folder } = given;
  const records = readJournal(journal);
  const last = () => (random.chance(FIRST_START.share) ? Math.min(FIRST_START.records, records.length) : records.length);
  const cuts = Array.from({ length: images }, () => random.int(0, last())).sort((a, b) => a - b);
  const disk = createDisk(random);
  const sum = { images: 0, lost: 0, losing: 0, acknowledged: thanks.length, broken: [] as string[] };
  const acknowledged = new Set<number>();
  let thanked = 0;
  let done = 0;
  for (const cut of cuts) {
    for (; done < cut; done++) disk.apply(records[done] as (typeof records)[number]);
    const position = records[cut - 1]?.end ?? 0;
    for (; thanked < thanks.length && (thanks[thanked]?.position ?? 0) <= position; thanked++) acknowledged.add(thanks[thanked]?.number ?? 0);
    const loss = random.pick(LOSSES);
    const image = disk.cut(loss, random);
    mkdirSync(folder, { mode: 0o700 });
    for (const name of DISK_FILES) if (image[name] !== undefined) writeFileSync(join(folder, name), image[name]);
    try {
      openStore(folder).close();
      // a power cut damages nothing, so nothing may be set aside either
      if (existsSync(join(folder, 'set-aside'))) sum.broken.push(`cut ${cut} of ${records.length} (${loss} lost) is taken for damaged`);
      const { lost, double, wrong } = createLedger(folder, acknowledged, () => true).checkAfterKill();
      sum.lost += lost;
      if (lost > 0) sum.losing++;
      if (double > 0 || wrong.length > 0) sum.broken.push(`cut ${cut} of ${records.length} (${loss} lost): ${double} double, ${wrong.join(', ')}`);
    } catch (error) {
      sum.broken.push(`cut ${cut} of ${records.length} (${loss} lost) does not open: ${String(error)}`);
    }
    sum.images++;
    rmSync(folder, { recursive: true, force: true });
  }
  return sum;
}
