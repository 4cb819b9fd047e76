/** Choosing: one of a list (select), one of a few (radio rows), yes or no (switch). */
import type { JSX, ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import { Switch as AriaSwitch } from 'react-aria-components/Switch';
import { Icon } from './Icon.tsx';

export type Option<V extends string> = { readonly value: V; readonly label: string; readonly help?: ReactNode };

type SelectProps<V extends string> = {
  readonly label: string;
  readonly value: V;
  readonly options: readonly Option<V>[];
  readonly onChange: (value: V) => void;
};

/** The label is read aloud; on screen the chosen words speak for themselves. */
export function Select<V extends string>({ label, value, options, onChange }: SelectProps<V>): JSX.Element {
  const choose = (key: unknown) => {
    const chosen = options.find((option) => option.value === key);
    if (chosen) onChange(chosen.value);
  };
  return (
    <AriaSelect className="select" aria-label={label} selectedKey={value} onSelectionChange={choose}>
      <Button className="button plain select-button">
        <SelectValue className="clip">{({ defaultChildren }) => <>{defaultChildren}</>}</SelectValue>
        <Icon name="down" size={13} />
      </Button>
      <Popover className="popover" offset={4}>
        <ListBox className="listbox">
          {options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} textValue={option.label} className="option">
              {option.label}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

type RowsProps<V extends string> = SelectProps<V> & { readonly isDisabled?: boolean };

export function RadioRows<V extends string>({ label, value, options, onChange, isDisabled }: RowsProps<V>): JSX.Element {
  const choose = (next: string) => {
    const chosen = options.find((option) => option.value === next);
    if (chosen) onChange(chosen.value);
  };
  return (
    <RadioGroup className="radio-rows" value={value} onChange={choose} isDisabled={isDisabled ?? false}>
      <Label className="group-label">{label}</Label>
      <div className="rows">
        {options.map((option) => (
          <Radio key={option.value} value={option.value} className="radio-row">
            <i className="dot" />
            <span>
              <b>{option.label}</b>
              {option.help ? <span className="help">{option.help}</span> : null}
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

type SegmentsProps<V extends string> = SelectProps<V>;

/** A few short words side by side. */
export function Segments<V extends string>({ label, value, options, onChange }: SegmentsProps<V>): JSX.Element {
  const choose = (next: string) => {
    const chosen = options.find((option) => option.value === next);
    if (chosen) onChange(chosen.value);
  };
  return (
    <RadioGroup className="segments" aria-label={label} orientation="horizontal" value={value} onChange={choose}>
      {options.map((option) => (
        <Radio key={option.value} value={option.value} className="segment">
          {option.label}
        </Radio>
      ))}
    </RadioGroup>
  );
}

type SwitchProps = {
  readonly label: string;
  readonly help?: ReactNode;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly isDisabled?: boolean;
};

export function Switch({ label, help, on, onChange, isDisabled }: SwitchProps): JSX.Element {
  return (
    <AriaSwitch className="switch" isSelected={on} onChange={onChange} isDisabled={isDisabled ?? false}>
      <i className="switch-track" />
      <span>
        <b>{label}</b>
        {help ? <span className="help">{help}</span> : null}
      </span>
    </AriaSwitch>
  );
}
