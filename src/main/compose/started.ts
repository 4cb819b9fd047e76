import { damageInWords, isDamage } from '../adapters/sqlite/safekeeping/damage.ts';
import { markDamaged } from '../adapters/sqlite/safekeeping/pending.ts';
import { type ComposeOptions, composeEngine } from '../compose.ts';
import type { Engine } from '../engine.ts';

/**
 * An engine that runs. Damage that shows only while it starts is recovered from, once, as damage found at the
 * opening is; a second time is thrown. `onComposed` is handed each engine before it starts, to listen to it.
 */
export async function startEngine(options: ComposeOptions, onComposed: (engine: Engine) => void): Promise<Engine> {
  try {
    return await startBelieved(options, onComposed);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    markDamaged(options.dataFolder, damageInWords(cause), Date.now());
    return startOnce(options, onComposed);
  }
}

/** SQLite tells a read that the disk refused as damage, too, and that may pass; so what it says is believed the second time. */
async function startBelieved(options: ComposeOptions, onComposed: (engine: Engine) => void): Promise<Engine> {
  try {
    return await startOnce(options, onComposed);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    return startOnce(options, onComposed);
  }
}

/** For what nobody caught: damage among it is decided on, durably, so that the next start recovers instead of meeting it again. */
export function decideIfDamaged(dataFolder: string, cause: unknown): void {
  if (isDamage(cause)) markDamaged(dataFolder, damageInWords(cause), Date.now());
}

async function startOnce(options: ComposeOptions, onComposed: (engine: Engine) => void): Promise<Engine> {
  let given = true;
  const engine = await composeEngine({
    ...options,
    // an engine that did not come up asks for nothing any more
    restart: (why) => {
      if (given) options.restart?.(why);
    },
  });
  onComposed(engine);
  try {
    await engine.start();
    return engine;
  } catch (cause) {
    given = false;
    await engine.stop().catch(() => undefined);
    throw cause;
  }
}
