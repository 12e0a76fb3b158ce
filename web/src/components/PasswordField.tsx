import type { ComponentChildren } from 'preact';

/** The least length of a password, in characters; the hub asks for the same. */
export const LEAST_PASSWORD = 8;

/** So that password managers know whose password it is. */
export function OwnerName() {
  return (
    <input
      class="visually-hidden"
      aria-hidden="true"
      type="text"
      autocomplete="username"
      value="owner"
      tabIndex={-1}
      readOnly
    />
  );
}

interface Props {
  label: ComponentChildren;
  /** Whether it is the password in use, or one to be chosen. */
  kind: 'current' | 'new';
  value: string;
  least?: number;
  onInput: (value: string) => void;
}

/** A labelled box for a password. */
export function PasswordField({ label, kind, value, least, onInput }: Props) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        type="password"
        autocomplete={kind === 'new' ? 'new-password' : 'current-password'}
        required
        minLength={least}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
