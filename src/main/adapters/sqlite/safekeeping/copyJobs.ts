/** The slow part of a backup, done in a thread of its own: reading every page keeps nobody waiting there. */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { BackupFacts } from '../../../../shared/contract/storage.ts';
import { checkDatabase, copyDatabase } from './copy.ts';
import { DamageError, isDamage } from './damage.ts';

export type CopyJob = { readonly kind: 'copy'; readonly source: string; readonly target: string } | { readonly kind: 'look'; readonly file: string };
export type FromCopyThread =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'done'; readonly facts: BackupFacts }
  | { readonly kind: 'failed'; readonly words: string; readonly damaged: boolean };

/** Does the job here. Rejects with a DamageError for damage. */
export function doCopyJob(job: CopyJob, onProgress: (done: number) => void): Promise<BackupFacts> {
  return job.kind === 'copy' ? copyDatabase(job.source, job.target, onProgress) : Promise.resolve().then(() => checkDatabase(job.file));
}

/** The job's outcome as values that cross to another thread. */
export async function answerCopyJob(job: CopyJob, tell: (message: FromCopyThread) => void): Promise<void> {
  try {
    const facts = await doCopyJob(job, (done) => tell({ kind: 'progress', done }));
    tell({ kind: 'done', facts });
  } catch (error) {
    tell({ kind: 'failed', words: error instanceof Error ? error.message : String(error), damaged: isDamage(error) });
  }
}

/** In MB. Pages go past JavaScript; without a limit the thread's own garbage is let grow to more than the work needs. */
const COPY_MEMORY = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/** Does the job in a thread that runs `program`; without one (or where it is not there), here. */
export function runCopyJob(program: string | undefined, job: CopyJob, onProgress: (done: number) => void): Promise<BackupFacts> {
  if (program === undefined || !existsSync(program)) return doCopyJob(job, onProgress);
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData: job, name: 'copy', resourceLimits: COPY_MEMORY });
    worker.on('message', (message: FromCopyThread) => {
      if (message.kind === 'progress') onProgress(message.done);
      else if (message.kind === 'done') resolve(message.facts);
      else reject(message.damaged ? new DamageError(message.words) : new Error(message.words));
    });
    worker.once('error', reject);
    // after an answer this changes nothing
    worker.once('exit', () => reject(new Error('the copying ended before it was done')));
    // a copy under way does not keep the app from ending: what is half made is removed at the next start
    worker.unref();
  });
}
