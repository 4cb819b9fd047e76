import type { JSX, ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button';

type Look = 'plain' | 'primary' | 'quiet' | 'danger' | 'link';
type Props = Omit<ButtonProps, 'children' | 'className' | 'style'> & {
  readonly look?: Look;
  readonly children: ReactNode;
  readonly className?: string;
  readonly ref?: Ref<HTMLButtonElement>;
};

/** A labelled button; `primary` at most once on a screen. */
export function Button({ look = 'plain', className = '', ...rest }: Props): JSX.Element {
  return <AriaButton {...rest} className={`button ${look} ${className}`} />;
}
