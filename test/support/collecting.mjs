/** Loaded ahead of the app (`--import`): every thread collects its garbage fully once a second, so that what a process holds can be told from what nobody has swept up yet. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
setInterval(() => collect(), 1_000).unref();
