import type { JSX } from 'react';
import { useMemo } from 'react';
import { encode } from 'uqr';

/** The code drawn from its raw text: dark on white in both themes, because cameras expect that, with the quiet zone the standard asks for. */
export function QrCode({ text, label, faded }: { readonly text: string; readonly label: string; readonly faded: boolean }): JSX.Element {
  const { size, path } = useMemo(() => outline(text), [text]);
  return (
    <svg className={faded ? 'qr faded' : 'qr'} role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges">
      <path d={path} />
    </svg>
  );
}

function outline(text: string): { readonly size: number; readonly path: string } {
  const { data, size } = encode(text, { ecc: 'L', border: 4 });
  const runs = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')));
  return { size, path: runs.join('') };
}
