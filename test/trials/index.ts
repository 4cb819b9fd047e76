/**
 * The long trials, by command:
 *
 *   npm run trials -- crash --kills 1000 [--seed 7] [--connections 64] [--kills-per-folder 100]
 */
import { parseArgs } from 'node:util';
import { runCrashTrial } from './crash.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    connections: { type: 'string', default: '64' },
    'kills-per-folder': { type: 'string', default: '100' },
    'longest-life': { type: 'string', default: '300' },
  },
});

const say = (words: string) => void process.stderr.write(`${words}\n`);

switch (positionals[0]) {
  case 'crash': {
    const report = await runCrashTrial({
      kills: Number(values.kills),
      seed: values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed),
      connections: Number(values.connections),
      killsPerFolder: Number(values['kills-per-folder']),
      longestLife: Number(values['longest-life']),
      say,
    });
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    process.exitCode = report.lost + report.double + report.wrong.length === 0 ? 0 : 1;
    break;
  }
  default:
    say('Which trial? There is: crash');
    process.exitCode = 2;
}
