interface Props {
  label: string;
  on: boolean;
  change: (on: boolean) => void;
  disabled?: boolean;
  busy?: boolean;
  /** With the label beside it, as a line of a form. */
  line?: boolean;
}

export function Switch({ label, on, change, disabled, busy, line }: Props) {
  const button = (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={on}
      aria-label={label}
      aria-busy={busy}
      disabled={disabled}
      onClick={() => change(!on)}
    >
      <span class="switch-knob" />
    </button>
  );
  if (!line) return button;
  return (
    <div class="form-line">
      <span aria-hidden="true">{label}</span>
      {button}
    </div>
  );
}
