/** What went wrong, what we did, what the owner can do; and the quiet pictures of nothing yet and not now. */
import type { JSX, ReactNode } from 'react';
import type { RequestError } from '../../../shared/contract/errors.ts';
import { Button } from './Button.tsx';
import { lengthOf } from './format.ts';
import { Icon } from './Icon.tsx';

type ProblemProps = {
  readonly error: RequestError;
  readonly next?: string;
  readonly onRetry?: (() => void) | undefined;
  readonly retryWord?: string;
};

/** The engine's own sentence, the next step when it helps, and the facts for the engineer folded underneath. */
export function Problem({ error, next, onRetry, retryWord = 'Ask again' }: ProblemProps): JSX.Element {
  const wait = error.afterMs === undefined ? null : ` It can be asked again in ${lengthOf(error.afterMs)}.`;
  return (
    <div className="problem" role="alert">
      <Icon name="warn" />
      <div>
        <p>
          {error.message}
          {wait}
          {next ? ` ${next}` : null}
        </p>
        {error.detail ? (
          <details>
            <summary>Details for an engineer</summary>
            <code className="mono">
              {error.code}: {error.detail}
            </code>
          </details>
        ) : null}
      </div>
      {onRetry ? <Button onPress={onRetry}>{retryWord}</Button> : null}
    </div>
  );
}

type EmptyProps = { readonly title: string; readonly children?: ReactNode; readonly action?: ReactNode };

/** Says what will appear here, and the one next step. */
export function Empty({ title, children, action }: EmptyProps): JSX.Element {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children ? <p className="soft">{children}</p> : null}
      {action ? <div className="empty-action">{action}</div> : null}
    </div>
  );
}

/** Keeps the place of `rows` rows while they are being asked for. */
export function Waiting({ rows, label }: { readonly rows: number; readonly label: string }): JSX.Element {
  return (
    <div className="waiting" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => 1 - index / (rows + 1)).map((opacity) => (
        <i key={opacity} style={{ opacity }} />
      ))}
    </div>
  );
}

/** A quiet sentence on a tinted line: something to know, not something to do. */
export function Note({ tone = 'plain', children }: { readonly tone?: 'plain' | 'warn' | 'good' | 'bad'; readonly children: ReactNode }): JSX.Element {
  return <div className={`note ${tone}`}>{children}</div>;
}
