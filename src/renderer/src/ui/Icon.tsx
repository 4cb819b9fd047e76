/** Line icons and the ticks. They never stand alone: a word or a label is always beside them. */
import type { JSX } from 'react';
import type { Said } from '../../../shared/contract/views.ts';

const PATHS = {
  live: 'M1.5 9.5h3l2.5-6 4 11 2.5-5h3',
  messages: 'M2.5 4.5h13M2.5 9h13M2.5 13.5h8',
  events: 'M2.5 10.5v4h13v-4M2.5 10.5l2.2-7h8.6l2.2 7M2.5 10.5h4l1 2h3l1-2h4',
  health: 'M9 15.2 3 9.3a3.7 3.7 0 0 1 5.2-5.2l.8.8.8-.8A3.7 3.7 0 0 1 15 9.3ZM4.5 9.4h2.2l1.2-2.1 1.8 3.6 1.1-1.5h2.4',
  settings:
    'M9 6.6a2.4 2.4 0 1 1 0 4.8 2.4 2.4 0 0 1 0-4.8ZM9 1.8v2M9 14.2v2M1.8 9h2M14.2 9h2M3.9 3.9l1.4 1.4M12.7 12.7l1.4 1.4M3.9 14.1l1.4-1.4M12.7 5.3l1.4-1.4',
  close: 'M4.5 4.5l9 9M13.5 4.5l-9 9',
  search: 'M8 3.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6ZM11.6 11.6 15 15',
  down: 'M4.5 7 9 11.5 13.5 7',
  next: 'M7 4.5 11.5 9 7 13.5',
  back: 'M11 4.5 6.5 9l4.5 4.5',
  warn: 'M9 2.8 16 15H2L9 2.8ZM9 7.4v3.4M9 12.9v.1',
  note: 'M9 2.2a6.8 6.8 0 1 1 0 13.6A6.8 6.8 0 0 1 9 2.2ZM9 8.4v4M9 5.7v.1',
  copy: 'M6.5 6.5h8v8h-8zM11.5 6.5v-3h-8v8h3',
  link: 'M7.5 10.5a3 3 0 0 0 4.3 0l2.4-2.4a3 3 0 0 0-4.3-4.3l-.9.9M10.5 7.5a3 3 0 0 0-4.3 0l-2.4 2.4a3 3 0 0 0 4.3 4.3l.9-.9',
  door: 'M4 15.5v-13h8v13M2.5 15.5h13M9.8 9v.1',
  shop: 'M3 8v7.5h12V8M2 5.5 3.5 2.5h11L16 5.5c0 1.4-1 2.3-2.3 2.3S11.3 6.9 11.3 5.5c0 1.4-1 2.3-2.3 2.3S6.7 6.9 6.7 5.5c0 1.4-1 2.3-2.3 2.3S2 6.9 2 5.5Z',
  phone: 'M5.5 2h7v14h-7zM8.3 13.5h1.4',
  check: 'M3.5 9.5 7.2 13 14.5 5',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 17 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 18 18" aria-hidden="true" style={{ strokeWidth: 1.6 }}>
      <path d={PATHS[name]} />
    </svg>
  );
}

const TICKS: Readonly<Record<Said | 'unknown', string>> = {
  queued: 'M10 1.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 10 1.8ZM10 4.4V7l1.8 1.3',
  sent: 'M6 7.5 9.5 11 16 3.5',
  delivered: 'M2 7.5 5.5 11 12 3.5M9.2 10 10.2 11 18 3.5',
  read: 'M2 7.5 5.5 11 12 3.5M9.2 10 10.2 11 18 3.5',
  played: 'M1 7.5 4 10.8 9 4.5M11.5 3.5v7l6-3.5Z',
  failed: 'M7 1.5h6L16.5 5v4L13 12.5H7L3.5 9V5zM10 4.3v3.2M10 9.8v.1',
  deleted: 'M10 1.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 10 1.8ZM6.4 3.4l7.2 7.2',
  unknown: 'M6 7h.1M10 7h.1M14 7h.1',
};

export function Tick({ said, size = 19 }: { readonly said: Said | 'unknown'; readonly size?: number }): JSX.Element {
  return (
    <svg className={`tick ${said}`} width={size} height={(size * 14) / 19} viewBox="0 0 20 14" aria-hidden="true">
      <path d={TICKS[said]} />
    </svg>
  );
}

export function Brand(): JSX.Element {
  return (
    <span className="brand">
      <svg width="26" height="20" viewBox="0 0 26 20" aria-hidden="true" style={{ strokeWidth: 2.3 }}>
        <path className="brand-first" d="M2 10.5 6 15l7.5-10" />
        <path className="brand-second" d="M9.8 13.6 11 15l7-9.2h6" />
        <circle className="brand-dot" cx="24" cy="5.8" r="1.2" />
      </svg>
      Tickline
    </span>
  );
}
