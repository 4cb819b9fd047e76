/** The desktop's side of R20: messages of frames that are ours and of frames that are not, to the real handlers, in this process. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeEngine } from '../../../src/main/compose.ts';
import { createRandom } from '../../../src/main/demo/random.ts';
import { createDispatch } from '../../../src/main/dispatch.ts';
import { answerRequests } from '../../../src/main/shell/ipc.ts';
import { isAllowedLink } from '../../../src/main/shell/links.ts';
import { createShellHandlers } from '../../../src/main/shell/shellHandlers.ts';
import type { Answer } from '../../../src/shared/contract/errors.ts';
import { requestNames } from '../../../src/shared/contract/names.ts';
import { CANARY_KEY, CANARY_SECRET, CANARY_TOKEN, keysIn } from '../../support/canaries.ts';
import { createInputs, type Pools } from '../../support/hostileInput.ts';
import { createMemoryLog } from '../../support/memoryLog.ts';
import { createMemoryVault } from '../../support/memoryVault.ts';

type Handler = Parameters<Parameters<typeof answerRequests>[0]['handle']>[1];

const OURS = { url: 'app://tickline/', parent: null };
const FOREIGN = [
  null,
  undefined,
  { url: 'https://evil.example/', parent: null },
  { url: 'app://tickline.evil/', parent: null },
  { url: 'app://tickline/', parent: OURS },
  { url: 'about:blank', parent: null },
  { url: 'file:///app://tickline/', parent: null },
  { url: '', parent: null },
];

export type FrameFindings = {
  readonly calls: number;
  readonly answeredForeign: number;
  readonly leaks: number;
  readonly faults: readonly string[];
  /** Files that appeared where the owner did not choose. */
  readonly written: readonly string[];
};

/** Sends `calls` messages; nine of ten come from our own frame, the rest from frames that must get nothing. */
export async function fuzzFrames(calls: number, seed: number): Promise<FrameFindings> {
  const folder = await mkdtemp(join(tmpdir(), 'tickline-frames-'));
  const chosen = join(folder, 'chosen');
  const log = createMemoryLog();
  const faults: string[] = [];
  let [answeredForeign, leaks] = [0, 0];
  const engine = await composeEngine({
    dataFolder: join(folder, 'data'),
    vault: createMemoryVault(),
    mode: 'desktop',
    webhookPort: 0,
    demo: false,
    version: '0',
    exportLink: () => null,
    writeLog: (line) => {
      leaks += keysIn(line).length;
    },
  });
  const shell = createShellHandlers({
    exportFile: async (id) => engine.exportFile(id),
    downloads: () => chosen,
    askWhereToSave: async () => chosen,
    openInBrowser: async (link) => {
      if (!isAllowedLink(link)) faults.push(`opened ${link}`);
    },
  });
  let handler: Handler | undefined;
  answerRequests(
    {
      handle: (_channel, given) => {
        handler = given;
      },
    },
    { engine: createDispatch({ handlers: engine.handlers, log }), shell: createDispatch({ handlers: shell, log }) },
  );
  const ask = async (senderFrame: unknown, name: unknown, input: unknown): Promise<Answer<unknown>> =>
    handler?.({ senderFrame } as never, name, input);
  try {
    await engine.start();
    const create = async () => {
      const answer = await ask(OURS, 'accounts.create', {
        provider: 'wasenderapi',
        name: 'The shop',
        settings: { baseUrl: 'http://127.0.0.1:2/api', sessionId: '7' },
        secrets: { apiKey: CANARY_KEY, personalAccessToken: CANARY_TOKEN, webhookSecret: CANARY_SECRET },
        tunnel: { kind: 'local' },
      });
      return answer.ok ? (answer.value as { accountId: string }).accountId : '';
    };
    const random = createRandom(seed + 1);
    let account = '';
    const pools = (): Pools => ({
      account: [account],
      slot: ['apiKey', 'webhookSecret'],
      id: [1, 2, 'x'],
      baseUrl: ['http://127.0.0.1:2/api'],
      provider: ['wasenderapi'],
    });
    const inputs = createInputs(random, pools);
    // what only the cage could keep from the internet is not asked in a process without one
    const names = requestNames.filter((name) => name !== 'accounts.create' && name !== 'demo.start');
    for (let made = 0; made < calls; made++) {
      if (made % 100 === 0 && !(await ask(OURS, 'accounts.get', { account })).ok) account = await create();
      const foreign = random.chance(0.1);
      const name = random.chance(0.95) ? random.pick(names) : inputs.unspeakable();
      const input = random.chance(0.7) ? inputs.draw(typeof name === 'string' ? name : '') : inputs.unspeakable();
      // Electron hands over a copy, made by the same algorithm
      const answer = await ask(foreign ? FOREIGN[made % FOREIGN.length] : OURS, copied(name), copied(input));
      const text = JSON.stringify(structuredClone(answer));
      leaks += keysIn(text).length;
      if (foreign && (answer.ok || answer.error.code !== 'unauthorized')) answeredForeign += 1;
      if (!answer.ok && answer.error.code === 'our_fault') faults.push(`${typeof name === 'string' ? name : typeof name} ${text.slice(0, 200)}`);
    }
    for (const line of log.lines) leaks += keysIn(JSON.stringify(line)).length;
    const written = (await readdir(folder)).filter((name) => name !== 'data' && name !== 'chosen');
    return {
      calls,
      answeredForeign,
      leaks,
      faults: [
        ...new Set([...faults, ...log.lines.filter(({ event }) => event === 'request.broke').map(({ facts }) => String(facts.cause).slice(0, 300))]),
      ],
      written,
    };
  } finally {
    await engine.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function copied(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}
