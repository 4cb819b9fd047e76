import { Agent, request } from 'node:http';

export type StormResult = { readonly sent: number; readonly accepted: number; readonly ms: number };

/**
 * Posts `bodies` to one webhook path at an even pace of `perSecond`, whether or not earlier ones were
 * answered, and resolves when every one was.
 */
export async function storm(
  url: string,
  headers: Readonly<Record<string, string>>,
  bodies: readonly string[],
  perSecond: number,
): Promise<StormResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const startedAt = performance.now();
  const answers: Promise<number>[] = [];
  await new Promise<void>((resolve) => {
    const tick = setInterval(() => {
      const due = Math.min(bodies.length, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
      while (answers.length < due) answers.push(post(url, headers, bodies[answers.length] ?? '', agent));
      if (answers.length < bodies.length) return;
      clearInterval(tick);
      resolve();
    }, 5);
  });
  const statuses = await Promise.all(answers);
  const ms = performance.now() - startedAt;
  agent.destroy();
  return { sent: statuses.length, accepted: statuses.filter((status) => status === 200).length, ms };
}

function post(url: string, headers: Readonly<Record<string, string>>, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers } },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    asked.once('error', () => resolve(0));
    asked.end(body);
  });
}
