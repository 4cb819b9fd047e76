/**
 * The drain at the start of the app, when an entry may have taken the process down with it: by using up all
 * memory, or by taking so long that it was stopped. Such an entry must not do so for ever. When the app has
 * begun with the same oldest entry twice and got no further, the next ones are understood one by one, each
 * written down before it is tried; one that has ended the process twice is set aside, replayable like all others.
 */
import type { InboxId } from '../domain/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { Drain } from './drain.ts';

const KEY = 'drain-start';
const TRIES_TOGETHER = 2;
const TRIES_ALONE = 2;
/** As many as are understood together in one transaction: the one that does the harm is among them. */
const ONE_BY_ONE = 128;

/** `alone`: how often the process began to understand `first` on its own. */
type Note = { readonly first: InboxId; readonly tries: number; readonly alone: number };

export function drainAtStart(deps: {
  readonly store: Pick<Store, 'settings' | 'inbox'>;
  readonly drain: Pick<Drain, 'drainAll' | 'drainOne'>;
  readonly log: Log;
}): void {
  const { store, drain, log } = deps;
  const oldest = () => store.inbox.pending(1)[0]?.id;
  const write = (note: Note) => store.settings.put(KEY, JSON.stringify(note));
  const first = oldest();
  // a recovery may have left something to compute all the same
  if (first === undefined) return drain.drainAll();
  let note = read(store.settings.get(KEY));
  note = note?.first === first ? { ...note, tries: note.tries + 1 } : { first, tries: 1, alone: 0 };
  write(note);
  if (note.tries > TRIES_TOGETHER) {
    log.warn('drain.one-by-one', { first, tries: note.tries });
    for (let done = 0; done < ONE_BY_ONE; done++) {
      const next = oldest();
      if (next === undefined) break;
      const alone: number = note.first === next ? note.alone + 1 : 1;
      note = { first: next, tries: note.tries, alone };
      write(note);
      drain.drainOne(alone > TRIES_ALONE ? 'set aside' : 'understand');
    }
  }
  drain.drainAll();
  store.settings.remove(KEY);
}

function read(text: string | undefined): Note | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Note);
}
