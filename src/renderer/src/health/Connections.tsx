/** Per account: which door is open, since when, how it was proven, when it is tried next, and what the provider allows. */
import type { JSX } from 'react';
import type { AccountView, IntakeView } from '../../../shared/contract/views.ts';
import { useApp, useNow } from '../state/stores.ts';
import { ageOf, count, lengthOf, timeWithDay } from '../ui/format.ts';

export function Connections(): JSX.Element | null {
  const accounts = useApp((state) => state.accounts) ?? [];
  if (accounts.length === 0) return null;
  return (
    <section aria-label="Connections">
      <h2>Connections</h2>
      {accounts.map((account) => (
        <Connection key={account.id} account={account} />
      ))}
    </section>
  );
}

const STATE_WORD: Readonly<Record<IntakeView['state'], string>> = {
  opening: 'Opening',
  live: 'Webhooks live',
  moved: 'Webhooks moved',
  polling: 'No webhooks, asking instead',
  off: 'Off',
};

function Connection({ account }: { readonly account: AccountView }): JSX.Element {
  const intake = useApp((state) => state.intakes[account.id]);
  const now = useNow();
  return (
    <article className="card" aria-label={account.name}>
      <header>
        <h3>
          {account.name}
          {account.demo ? <span className="tag">Demo</span> : null}
        </h3>
        <span className="small faint">{account.providerName}</span>
      </header>
      <dl className="facts num" data-testid="connection">
        <dt>Session</dt>
        <dd>
          {account.session.words}
          {account.session.since === null ? null : <span className="faint"> since {timeWithDay(account.session.since, now)}</span>}
        </dd>
        {intake ? <IntakeFacts intake={intake} now={now} /> : null}
      </dl>
    </article>
  );
}

function IntakeFacts({ intake, now }: { readonly intake: IntakeView; readonly now: number }): JSX.Element {
  const { polling } = intake;
  return (
    <>
      <dt>Door</dt>
      <dd>
        {STATE_WORD[intake.state]} <span className="faint">since {timeWithDay(intake.since, now)}</span>
        <span className="soft block">{intake.words}</span>
      </dd>
      <dt>Last proof</dt>
      <dd>{intake.lastProofAt === null ? 'none yet' : proofWords(intake, intake.lastProofAt, now)}</dd>
      {intake.nextTryAt === null ? null : (
        <>
          <dt>Next try</dt>
          <dd>{intake.nextTryAt > now ? `in ${lengthOf(intake.nextTryAt - now)}` : 'now'}</dd>
        </>
      )}
      <dt>Requests</dt>
      <dd>
        {count(polling.usedLastMinute)} of {count(polling.perMinute)} in the last minute{' '}
        <span className="faint">{polling.learned ? '(the provider’s own figure)' : '(our careful guess; the provider has named none)'}</span>
        <span className="soft block">{polling.words}</span>
      </dd>
    </>
  );
}

function proofWords(intake: IntakeView, at: number, now: number): string {
  const age = ageOf(at, now);
  const when = age === 'now' ? 'just now' : `${age} ago`;
  return intake.lastProofMs === null ? when : `${when}, in ${lengthOf(intake.lastProofMs)}`;
}
