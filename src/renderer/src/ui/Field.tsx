/** Labelled inputs on accessible primitives. */
import type { JSX, ReactNode } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField, type TextFieldProps } from 'react-aria-components/TextField';
import { Icon } from './Icon.tsx';

type Props = Omit<TextFieldProps, 'children' | 'className' | 'style'> & {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | null;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly mono?: boolean;
};

export function Field({ label, help, error, placeholder, rows, mono, ...rest }: Props): JSX.Element {
  const look = mono ? 'input mono' : 'input';
  return (
    <TextField {...rest} className="field" isInvalid={Boolean(error)}>
      <Label>{label}</Label>
      {rows ? <TextArea className={look} rows={rows} placeholder={placeholder} /> : <Input className={look} placeholder={placeholder} />}
      {help ? (
        <Text slot="description" className="help">
          {help}
        </Text>
      ) : null}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}

type SearchProps = {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
};

/** Focused by `/` from anywhere outside a text field; Escape empties it. */
export function Search({ label, placeholder, value, onChange }: SearchProps): JSX.Element {
  return (
    <span className="search">
      <Icon name="search" size={14} />
      <input
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        data-search
        placeholder={placeholder}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (value === '') event.currentTarget.blur();
          onChange('');
        }}
      />
      <span className="key" aria-hidden="true">
        /
      </span>
    </span>
  );
}

type DateProps = { readonly label: string; readonly value: string; readonly max?: string; readonly onChange: (value: string) => void };

/** The platform's own date input: local dates as `YYYY-MM-DD`, empty for none. */
export function DateInput({ label, value, max, onChange }: DateProps): JSX.Element {
  return (
    <label className="inline-field">
      <span>{label}</span>
      <input className="input" type="date" value={value} max={max} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
