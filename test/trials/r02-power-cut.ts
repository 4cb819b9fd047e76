import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom, type Random } from '../../src/main/demo/random.ts';
import { bundleApp } from '../support/bundle.ts';
import { until } from '../support/until.ts';
import { checkImages, type Thanks } from './shim/images.ts';
import { buildShim, type Shim } from './shim/shim.ts';
import { startShimmed } from './shim/shimmedApp.ts';
import { notRun, type Trial } from './trial.ts';

/**
 * About 8 minutes at full scale. Each run is the real app under load, killed once in the middle; its journal is
 * cut at many points, and each cut makes one disk as it may be found after the power is back. What had been
 * answered 200 is known at the client, by the length that the journal had when the answer was there.
 */
const FULL = { runs: 10, images: 2_000, journalBytes: 24_000_000, mutantImages: 200 };
const SMALL = { runs: 1, images: 40, journalBytes: 10_000_000, mutantImages: 15 };
const CONNECTIONS = 24;

export const trial: Trial = {
  id: 'R2',
  title: 'what was answered with 200 survives a power cut at any moment, on a disk that honours fsync',
  async run({ scale, seed, say }) {
    const size = scale === 'full' ? FULL : SMALL;
    const shim = await buildShim(say);
    if (shim === undefined) return notRun(scale);
    const random = createRandom(seed);
    const bundle = await bundleApp();
    const found = { images: 0, lost: 0, broken: [] as string[], acknowledged: 0 };
    const mutant = { images: 0, losing: 0 };
    try {
      for (let run = 0; run < size.runs; run++) {
        const images = Math.floor((size.images * (run + 1)) / size.runs) - Math.floor((size.images * run) / size.runs);
        const result = await runOnce({ shim, entry: bundle.entry, random, journalBytes: size.journalBytes, images });
        found.images += result.images;
        found.lost += result.lost;
        found.acknowledged += result.acknowledged;
        found.broken.push(...result.broken);
        say(`${found.images} images, ${found.acknowledged} acknowledged, ${found.lost} lost, ${found.broken.length} broken`);
      }
      const unsynced = { NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'shim/unsynced.mjs')).href}` };
      const result = await runOnce({
        shim,
        entry: bundle.entry,
        random,
        journalBytes: size.journalBytes / 2,
        images: size.mutantImages,
        env: unsynced,
      });
      mutant.images = result.images;
      mutant.losing = result.losing;
    } finally {
      await bundle.remove();
      await shim.remove();
    }
    return {
      figures: [
        { name: 'images', value: found.images, target: `≥ ${size.images}`, pass: found.images >= size.images },
        { name: 'acknowledged', value: found.acknowledged, target: '> 0', pass: found.acknowledged > 0 },
        { name: 'lost', value: found.lost, target: '0', pass: found.lost === 0 },
        { name: 'broken', value: found.broken.slice(0, 5).join('; ') || 0, target: '0', pass: found.broken.length === 0 },
        {
          name: `of ${mutant.images} images with synchronous=NORMAL, losing`,
          value: mutant.losing,
          target: '> 0, or the trial proves nothing',
          pass: mutant.losing > 0,
        },
      ],
    };
  },
};

type Run = {
  readonly shim: Shim;
  readonly entry: string;
  readonly random: Random;
  readonly journalBytes: number;
  readonly images: number;
  readonly env?: Readonly<Record<string, string>>;
};

async function runOnce({ shim, entry, random, journalBytes, images, env = {} }: Run) {
  const world = await startShimmed({ shim, entry, journal: true, env });
  const thanks: Thanks[] = [];
  const length = () => statSync(world.journal).size;
  const note = (number: number, status: number | undefined) => {
    if (status === 200) thanks.push({ number, position: length() });
  };
  try {
    for (const end of [journalBytes * (0.3 + random.next() * 0.4), journalBytes]) {
      const posting = world.post(CONNECTIONS, { onOutcome: note });
      await until(() => length() >= end, 'the journal', 120_000);
      await world.app().kill('SIGKILL');
      await posting.done;
      if (end < journalBytes) await world.restart();
    }
    return checkImages({ journal: world.journal, thanks, images, random, folder: join(world.data, '../image') });
  } finally {
    await world.remove();
  }
}
