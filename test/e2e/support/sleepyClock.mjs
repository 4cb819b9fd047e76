/**
 * Loaded into an app before its own code: its wall clock and the computer's uptime run ahead by as many ms as the
 * file named in SLEEPY_CLOCK says, as on a Linux computer that slept so long. The rising clock stands still meanwhile.
 */
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const LOOK_EVERY_MS = 20;
const file = process.env.SLEEPY_CLOCK ?? '';
const now = Date.now.bind(Date);
const uptime = os.uptime.bind(os);
let lookedAt = Number.NEGATIVE_INFINITY;
let slept = 0;

function sleptMs() {
  if (performance.now() - lookedAt > LOOK_EVERY_MS) {
    lookedAt = performance.now();
    slept = Number(readFileSync(file, 'utf8'));
  }
  return slept;
}

Date.now = () => now() + sleptMs();
os.uptime = () => uptime() + sleptMs() / 1000;
syncBuiltinESMExports();
