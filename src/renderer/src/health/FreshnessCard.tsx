/** "How fresh is what you see?": by door, with what asking costs. */
import { type JSX, useId } from 'react';
import { useStore } from 'zustand';
import type { AccountFreshness, DurationFigures } from '../../../shared/contract/freshness.ts';
import { useAwake, useStores } from '../state/stores.ts';
import { count, lengthOf } from '../ui/format.ts';
import { Problem, Waiting } from '../ui/Problem.tsx';
import { DOOR_NAMES, doorsShown, freshnessWords, loadWords, placeOf, SCALE_MARKS, within } from './freshnessWords.ts';
import './freshness.css';

export function FreshnessCard(): JSX.Element {
  const { freshness } = useStores();
  useAwake(freshness);
  const { phase, value, error } = useStore(freshness.state);
  return (
    <section aria-label="How fresh is what you see?">
      <h2>How fresh is what you see?</h2>
      <div className="card freshness num">
        {phase === 'failed' && error ? <Problem error={error} /> : null}
        {value === null ? phase === 'loading' ? <Waiting rows={3} label="Asking how fresh each door is" /> : null : null}
        {value?.accounts.length === 0 ? (
          <p className="soft">Once a number is connected, it will stand here how soon each status reached you.</p>
        ) : null}
        {value?.accounts.map((account) => (
          <Account key={account.account} account={account} named={value.accounts.length > 1} />
        ))}
        {value === null ? null : (
          <p className="small faint">
            {loadWords(value.load)} {value.accounts.length === 0 ? '' : 'The figures are of the last seven days.'}
          </p>
        )}
      </div>
    </section>
  );
}

function Account({ account, named }: { readonly account: AccountFreshness; readonly named: boolean }): JSX.Element {
  const doors = doorsShown(account);
  return (
    <div className="freshness-account" data-testid="freshness">
      {named ? <h3>{account.name}</h3> : null}
      <p>{freshnessWords(account).join(' ')}</p>
      {doors.length === 0 ? null : (
        <>
          <figure className="fresh-chart" aria-hidden="true">
            {doors.map((door) => (
              <div key={door.door} className="fresh-door">
                <span>{DOOR_NAMES[door.door]}</span>
                <div>
                  {door.stated ? <Bar figures={door.stated} kind="stated" /> : null}
                  {door.atMost ? <Bar figures={door.atMost} kind="at-most" /> : null}
                  {door.stated === null && door.atMost === null ? <p className="small faint">no times to tell by</p> : null}
                </div>
              </div>
            ))}
            <div className="fresh-scale">
              {SCALE_MARKS.map(({ ms, label }) => (
                <i key={ms} style={{ insetInlineStart: `${placeOf(ms) * 100}%` }}>
                  {label}
                </i>
              ))}
            </div>
          </figure>
          <Twin account={account} />
        </>
      )}
    </div>
  );
}

/** Filled to the median, a line on to the 95th percentile; hollow where only a bound is known. */
function Bar({ figures, kind }: { readonly figures: DurationFigures; readonly kind: 'stated' | 'at-most' }): JSX.Element {
  const width = (ms: number) => `${Math.max(0.5, placeOf(ms) * 100)}%`;
  return (
    <div className={`fresh-bar ${kind}`}>
      <div className="fresh-track">
        <i className="tail" style={{ inlineSize: width(figures.p95.toMs) }} />
        <i className="half" style={{ inlineSize: width(figures.median.toMs) }} />
      </div>
      <span className="small soft">
        {kind === 'at-most' ? 'at most: ' : ''}
        {within(figures)}
      </span>
    </div>
  );
}

/** The same as a table, with every figure. */
function Twin({ account }: { readonly account: AccountFreshness }): JSX.Element {
  const id = useId();
  return (
    <details>
      <summary>As a table</summary>
      <table className="fresh-table" aria-labelledby={id}>
        <caption id={id} className="sr">
          How fresh each door is
        </caption>
        <thead>
          <tr>
            <th scope="col">Told first by</th>
            <th scope="col">Statuses</th>
            <th scope="col">Half within</th>
            <th scope="col">95 of 100 within</th>
          </tr>
        </thead>
        <tbody>
          {doorsShown(account).flatMap((door) =>
            [
              { kind: 'by the provider’s stamp', figures: door.stated },
              { kind: 'at most, between two questions', figures: door.atMost },
            ].flatMap(({ kind, figures }) =>
              figures === null
                ? []
                : [
                    <tr key={`${door.door} ${kind}`}>
                      <th scope="row">
                        {DOOR_NAMES[door.door]}, {kind}
                      </th>
                      <td>{count(figures.count)}</td>
                      <td>{lengthOf(figures.median.toMs)}</td>
                      <td>{lengthOf(figures.p95.toMs)}</td>
                    </tr>,
                  ],
            ),
          )}
          {doorsShown(account)
            .filter((door) => door.unknown > 0)
            .map((door) => (
              <tr key={door.door}>
                <th scope="row">{DOOR_NAMES[door.door]}, without a time to tell by</th>
                <td>{count(door.unknown)}</td>
                <td>–</td>
                <td>–</td>
              </tr>
            ))}
        </tbody>
      </table>
    </details>
  );
}
