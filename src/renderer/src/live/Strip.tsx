/** How receipts reach us now, in plain words: session, webhooks, polling, gap. */
import type { JSX } from 'react';
import type { AccountView, GapView, IntakeView, ReconcileView } from '../../../shared/contract/views.ts';
import { useApp, useNow } from '../state/stores.ts';
import { count, lengthOf, minuteTime, plural } from '../ui/format.ts';

type Chip = {
  readonly key: string;
  readonly tone: 'good' | 'wait' | 'warn' | 'bad';
  readonly label: string;
  readonly detail: string;
  readonly title: string;
};

export function Strip(): JSX.Element {
  const accounts = useApp((state) => state.accounts) ?? [];
  const intakes = useApp((state) => state.intakes);
  const reconciles = useApp((state) => state.reconciles);
  const now = useNow();
  const several = accounts.length > 1;
  const chips = accounts.flatMap((account) => {
    const intake = intakes[account.id];
    const run = reconciles.find((one) => one.account === account.id);
    const own = [sessionChip(account), ...(intake ? [doorChip(intake, now), pollingChip(intake, now)] : []), ...gapChips(intake, run)];
    return own.map((chip) => ({
      ...chip,
      key: `${account.id}${chip.key}`,
      label: several ? `${account.name}${account.demo ? ' (Demo)' : ''}: ${chip.label.charAt(0).toLowerCase()}${chip.label.slice(1)}` : chip.label,
    }));
  });
  return (
    <ul className="strip" aria-label="Connections">
      {chips.map((chip) => (
        <li key={chip.key} className={`chip num ${chip.tone}`} title={chip.title}>
          <i aria-hidden="true" />
          {chip.label}
          {chip.detail ? <span>{chip.detail}</span> : null}
        </li>
      ))}
    </ul>
  );
}

function sessionChip({ session }: AccountView): Chip {
  const words: Readonly<Record<typeof session.state, { label: string; tone: Chip['tone'] }>> = {
    connected: { label: 'Session connected', tone: 'good' },
    connecting: { label: 'Session connecting', tone: 'wait' },
    need_scan: { label: 'Session needs a scan', tone: 'warn' },
    disconnected: { label: 'Session disconnected', tone: 'bad' },
    logged_out: { label: 'Session logged out', tone: 'bad' },
    expired: { label: 'Session expired', tone: 'bad' },
    error: { label: 'Session in trouble', tone: 'bad' },
    unknown: { label: 'Session not known yet', tone: 'wait' },
  };
  return { key: 'session', detail: '', title: session.words, ...words[session.state] };
}

function doorChip(intake: IntakeView, now: number): Chip {
  const base = { key: 'door', title: intake.words };
  const retry = intake.nextTryAt !== null && intake.nextTryAt > now ? `next try in ${lengthOf(intake.nextTryAt - now)}` : '';
  switch (intake.state) {
    case 'live':
      return { ...base, tone: 'good', label: 'Webhooks live', detail: intake.lastProofMs === null ? '' : lengthOf(intake.lastProofMs) };
    case 'moved':
      return { ...base, tone: 'warn', label: 'Webhooks moved', detail: 'telling the provider' };
    case 'opening':
      return { ...base, tone: 'wait', label: 'Webhooks opening', detail: retry };
    case 'polling':
      return { ...base, tone: 'warn', label: 'No webhooks', detail: retry || 'asking instead' };
    case 'off':
      return { ...base, tone: 'wait', label: 'Webhooks off', detail: '' };
  }
}

function pollingChip({ polling }: IntakeView, now: number): Chip {
  const base = { key: 'polling', title: polling.words };
  const budget = `${count(polling.usedLastMinute)} of ${count(polling.perMinute)}/min`;
  if (polling.waitUntil !== null && polling.waitUntil > now)
    return { ...base, tone: 'warn', label: 'Polling waits', detail: `${lengthOf(polling.waitUntil - now)}, as the provider asked` };
  if (polling.active) return { ...base, tone: 'good', label: 'Polling', detail: budget };
  return { ...base, tone: 'wait', label: 'Polling ready', detail: budget };
}

function gapChips(intake: IntakeView | undefined, run: ReconcileView | undefined): Chip[] {
  const open = intake?.openGap;
  const last = intake?.lastGap;
  const chips: Chip[] = [];
  if (last?.to != null && !open) {
    const [from, to] = [minuteTime(last.from), minuteTime(last.to)];
    chips.push({ key: 'last', tone: 'warn', label: from === to ? `Gap ${from}` : `Gap ${from}–${to}`, detail: afterGap(last), title: last.why });
  }
  if (open) chips.push({ key: 'gap', tone: 'warn', label: `Gap since ${minuteTime(open.from)}`, detail: 'nobody is listening', title: open.why });
  if (run?.state === 'running') {
    const left = run.secondsToGo === null ? '' : `, ${lengthOf(run.secondsToGo * 1000)} to go`;
    chips.push({
      key: 'run',
      tone: 'wait',
      label: 'Catching up',
      detail: `${count(run.asked)} of ${plural(run.toAsk, 'message')} asked${left}`,
      title: run.words,
    });
  }
  return chips;
}

function afterGap(gap: GapView): string {
  if (gap.reconciledAt === null) return 'being asked for';
  return gap.recovered > 0 ? `${count(gap.recovered)} recovered` : 'nothing missed that we know of';
}
