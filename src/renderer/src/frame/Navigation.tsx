import type { JSX } from 'react';
import { useStore } from 'zustand';
import { routeHash } from '../state/route.ts';
import { useApp, useStores } from '../state/stores.ts';
import { clockTime, count } from '../ui/format.ts';
import { Brand, Icon, type IconName } from '../ui/Icon.tsx';
import { maskedRecipient } from '../ui/phone.ts';

const ENTRIES = [
  { route: { screen: 'live' }, icon: 'live', label: 'Live' },
  { route: { screen: 'messages' }, icon: 'messages', label: 'Messages' },
  { route: { screen: 'events', entry: null }, icon: 'events', label: 'Events' },
  { route: { screen: 'health' }, icon: 'health', label: 'Health' },
  { route: { screen: 'settings' }, icon: 'settings', label: 'Settings' },
] as const satisfies readonly { icon: IconName; label: string; route: unknown }[];

export function Navigation(): JSX.Element {
  const { router, health } = useStores();
  const screen = useStore(router.state, (route) => route.screen);
  const quarantined = useApp((state) => state.counts?.quarantined) ?? 0;
  const needs = useStore(health.state, (state) => state.report?.needs) ?? 0;
  return (
    <nav className="nav" aria-label="Screens">
      <Brand />
      {ENTRIES.map(({ route, icon, label }) => (
        <a key={label} href={routeHash(route)} aria-current={screen === route.screen ? 'page' : undefined}>
          <Icon name={icon} />
          {label}
          <Count of={icon === 'events' ? quarantined : icon === 'health' ? needs : 0} />
        </a>
      ))}
      <Stale />
      <Accounts />
    </nav>
  );
}

function Count({ of }: { readonly of: number }): JSX.Element | null {
  return of > 0 ? (
    <span className="count num">
      {count(of)}
      <span className="sr"> need a look</span>
    </span>
  ) : null;
}

/** Since when what is shown is no longer kept up to date. */
function Stale(): JSX.Element | null {
  const { link } = useStores();
  const { phase, since } = useStore(link.state);
  if (phase === 'live' || phase === 'connecting') return null;
  return (
    <p className="stale" role="status">
      <b>{phase === 'refused' ? 'This window lost its key.' : `Stale since ${since === null ? 'just now' : clockTime(since)}.`}</b>{' '}
      {phase === 'refused'
        ? 'Open the address that Tickline printed when it started last.'
        : 'Tickline does not answer. This window connects again by itself.'}
    </p>
  );
}

function Accounts(): JSX.Element | null {
  const accounts = useApp((state) => state.accounts);
  const first = accounts?.[0];
  if (first === undefined || accounts === null) return null;
  const phone = first.session.phone === null ? first.providerName : maskedRecipient(first.session.phone);
  return (
    <div className="foot">
      <span className="avatar" aria-hidden="true">
        {initials(first.name)}
      </span>
      <span className="clip">
        <b className="clip">
          {first.name}
          {first.demo ? <span className="tag">Demo</span> : null}
        </b>
        <span className="small faint num clip">{accounts.length > 1 ? `and ${count(accounts.length - 1)} more` : <bdi>{phone}</bdi>}</span>
      </span>
    </div>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
}
