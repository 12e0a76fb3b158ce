interface Option {
  value: string;
  label: string;
}

interface Props {
  label: string;
  value: string | undefined;
  options: readonly Option[];
  change: (value: string) => void;
  disabled?: boolean;
  bare?: boolean;
}

/** One of a few, side by side. */
export function Segments({ label, value, options, change, disabled }: Props) {
  return (
    <fieldset class="segments" disabled={disabled}>
      <legend class="visually-hidden">{label}</legend>
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          aria-pressed={option.value === value}
          onClick={() => change(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}

/** One of many, in a list that opens. */
export function Select({ label, value, options, change, disabled, bare }: Props) {
  const known = options.some((option) => option.value === value);
  return (
    <label class="select">
      <span class={bare ? 'visually-hidden' : 'field-label'}>{label}</span>
      <select
        value={value ?? ''}
        disabled={disabled}
        aria-label={label}
        onChange={(event) => change(event.currentTarget.value)}
      >
        {!known && <option value={value ?? ''}>{value || '–'}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
