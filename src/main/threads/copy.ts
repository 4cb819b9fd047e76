/** One copy or one look at a copy, then this thread ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { answerCopyJob, type CopyJob } from '../adapters/sqlite/safekeeping/copyJobs.ts';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
void answerCopyJob(workerData as CopyJob, (message) => port.postMessage(message));
