import { runCrashTrial } from './crash.ts';
import type { Trial } from './trial.ts';

/** About 20 minutes at full scale. */
export const trial: Trial = {
  id: 'R1',
  title: 'what was answered with 200 survives kill -9 at any moment, once',
  async run({ scale, seed, say }) {
    const kills = scale === 'full' ? 1_000 : 40;
    const acknowledged = scale === 'full' ? 200_000 : 1_000;
    const report = await runCrashTrial({ kills, seed, say, ...(scale === 'full' ? { acknowledged, longestLife: 800 } : { longestLife: 200 }) });
    return {
      figures: [
        { name: 'kills', value: report.kills + report.killsAtStart, target: `≥ ${kills}`, pass: report.kills >= kills },
        { name: 'acknowledged', value: report.acknowledged, target: `≥ ${acknowledged}`, pass: report.acknowledged >= acknowledged },
        { name: 'lost', value: report.lost, target: '0', pass: report.lost === 0 },
        { name: 'double', value: report.double, target: '0', pass: report.double === 0 },
        { name: 'wrong', value: report.wrong.join('; ') || 0, target: '0', pass: report.wrong.length === 0 },
      ],
    };
  },
};
