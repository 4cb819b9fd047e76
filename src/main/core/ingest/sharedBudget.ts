/**
 * One budget for all accounts whose provider counts their requests together: several sessions of one owner.
 * Whoever has asked for less goes first, so that a session with thousands of open messages does not starve
 * one with ten.
 */
import type { AccountId, Millis } from '../domain/ids.ts';
import { type Budget, createBudget, type Grant } from './budget.ts';

export interface BudgetPools {
  /**
   * The budget as `account` sees it. `keyOf` tells whom it shares with at the moment: accounts with the same key
   * share. `saved` is what `save` gave in an earlier run.
   */
  member(account: AccountId, keyOf: () => string, saved: string | undefined, now: Millis): Budget;
}

type Member = { served: number; hungryUntil: Millis };
type Pool = { readonly budget: Budget; readonly members: Map<AccountId, Member> };

/** How far one may run ahead of the others; a poller asks so many at once. */
const AHEAD = 4;
/** Whoever has not come back by then wants nothing at the moment. */
const PATIENCE_MS = 2_000;

export function createBudgetPools(): BudgetPools {
  const pools = new Map<string, Pool>();

  function poolOf(key: string, now: Millis): Pool {
    const found = pools.get(key);
    if (found !== undefined) return found;
    const made = { budget: createBudget(undefined, now), members: new Map<AccountId, Member>() };
    pools.set(key, made);
    return made;
  }

  function memberOf({ members }: Pool, account: AccountId): Member {
    const found = members.get(account);
    if (found !== undefined) return found;
    const made = { served: 0, hungryUntil: Number.NEGATIVE_INFINITY };
    members.set(account, made);
    return made;
  }

  /** The others that want requests now. */
  function hungry({ members }: Pool, self: Member, now: Millis): readonly Member[] {
    return [...members.values()].filter((member) => member !== self && now < member.hungryUntil && member.hungryUntil <= now + 2 * 60_000);
  }

  function takeFairly(pool: Pool, self: Member, now: Millis): Grant {
    const others = hungry(pool, self, now);
    const least = Math.min(...others.map((member) => member.served));
    // who wanted nothing for a while has saved nothing up
    if (self.hungryUntil <= now && others.length > 0) self.served = Math.max(self.served, least);
    if (self.served >= least + AHEAD) {
      const waitMs = Math.ceil(60_000 / pool.budget.view(now).perMinute);
      self.hungryUntil = now + waitMs + PATIENCE_MS;
      return { ok: false, waitMs };
    }
    const grant = pool.budget.take(now, 'background');
    if (grant.ok) self.served += 1;
    self.hungryUntil = now + PATIENCE_MS + (grant.ok ? 0 : grant.waitMs);
    return grant;
  }

  return {
    member(account, keyOf, saved, now) {
      let key = keyOf();
      if (saved !== undefined) poolOf(key, now).budget.recall(saved, now);

      /** Another key or token may have been stored since. The provider counts on, so a pool that nobody uses yet begins with what the old one knew. */
      function pool(at: Millis): Pool {
        const wanted = keyOf();
        const old = wanted === key ? undefined : pools.get(key);
        key = wanted;
        const shared = poolOf(key, at);
        old?.members.delete(account);
        if (old !== undefined && shared.members.size === 0) shared.budget.recall(old.budget.save(), at);
        return shared;
      }

      return {
        take(at, use = 'background') {
          const shared = pool(at);
          return use === 'interactive' ? shared.budget.take(at, use) : takeFairly(shared, memberOf(shared, account), at);
        },
        learn: (limits) => pool(limits.at).budget.learn(limits),
        recall: (text, at) => pool(at).budget.recall(text, at),
        view(at) {
          const shared = pool(at);
          const seen = shared.budget.view(at);
          const sharers = 1 + hungry(shared, memberOf(shared, account), at).length;
          return { ...seen, backgroundPerMinute: seen.backgroundPerMinute / sharers };
        },
        save: () => pools.get(key)?.budget.save() ?? '{"slots":[]}',
      };
    },
  };
}
